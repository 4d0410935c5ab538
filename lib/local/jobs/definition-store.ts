/** Task definitions of ECS and job definitions of Batch: what both say of their one container. */
import type { Database, RootDatabase } from 'lmdb';
import { AwsError } from '../service';

export interface ContainerDefinition {
  readonly family: string;
  readonly image: string;
  readonly entryPoint: readonly string[];
  readonly command: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  readonly roleArn: string;
  readonly logGroup: string;
  readonly gpu: number;
}

export class DefinitionStore {
  private readonly definitions: Database<ContainerDefinition, string>;

  constructor(private readonly root: RootDatabase) {
    this.definitions = root.openDB({ name: 'jobs.definitions', encoding: 'json' });
  }

  put(arn: string, definition: ContainerDefinition): void {
    this.root.transactionSync(() => void this.definitions.put(arn, definition));
  }

  /** @throws AwsError */
  require(arn: string, code: string): ContainerDefinition {
    const definition = this.definitions.get(arn);
    if (definition === undefined) throw new AwsError(code, `There is no definition ${arn}.`);
    return definition;
  }
}

/** A container definition as CloudFormation has it, of either service. */
export interface ContainerProperties {
  readonly Image?: string;
  readonly EntryPoint?: readonly string[];
  readonly Command?: readonly string[];
  readonly Environment?: readonly { readonly Name: string; readonly Value: string }[];
  readonly LogConfiguration?: { readonly Options?: Readonly<Record<string, string>> };
  readonly ResourceRequirements?: readonly { readonly Type: string; readonly Value: string }[];
}

export function containerDefinition(
  family: string,
  roleArn: string,
  container: ContainerProperties,
): ContainerDefinition {
  const gpu = container.ResourceRequirements?.find(({ Type }) => Type === 'GPU')?.Value ?? '0';
  return {
    family,
    image: container.Image ?? '',
    entryPoint: container.EntryPoint ?? [],
    command: container.Command ?? [],
    environment: Object.fromEntries((container.Environment ?? []).map(({ Name, Value }) => [Name, Value])),
    roleArn,
    logGroup: container.LogConfiguration?.Options?.['awslogs-group'] ?? `/jobs/${family}`,
    gpu: Number(gpu),
  };
}
