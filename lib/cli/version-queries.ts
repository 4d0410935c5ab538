import { DescribeStateMachineCommand, ListStateMachinesCommand } from '@aws-sdk/client-sfn';
import { sfnClient } from '../aws/clients/sfn';
import { didYouMean } from '../model/suggest';
import { versionsOf, type MachineVersion } from '../orchestration/live-machine';
import { CliError, EXIT } from './cli-error';
import type { Connection } from './connect';

export interface VersionView extends MachineVersion {
  readonly commit: string;
  readonly tasks: number;
}

/** Newest first. @throws CliError */
export async function readVersions({ stage }: Connection, pipeline: string): Promise<VersionView[]> {
  const arn = await machineArnOf(stage, pipeline);
  return Promise.all(
    (await versionsOf(arn)).map(async (version) => {
      const { definition } = await sfnClient().send(
        new DescribeStateMachineCommand({ stateMachineArn: `${arn}:${version.number}` }),
      );
      return { ...version, ...factsOf(JSON.parse(definition ?? '{}') as Machine) };
    }),
  );
}

interface Machine {
  readonly States?: {
    readonly Begin?: {
      readonly Arguments?: {
        readonly Payload?: { readonly code?: { readonly commit?: string; readonly dirty?: string } };
      };
    };
    readonly Finish?: { readonly Arguments?: { readonly Payload?: { readonly tasks?: object } } };
  };
}

function factsOf({ States }: Machine): Pick<VersionView, 'commit' | 'tasks'> {
  const code = States?.Begin?.Arguments?.Payload?.code;
  const dirty = code?.dirty?.includes("'true' = 'true'") === true;
  return {
    commit: `${code?.commit?.slice(0, 12) ?? 'unknown'}${dirty ? ' (with changes)' : ''}`,
    tasks: Object.keys(States?.Finish?.Arguments?.Payload?.tasks ?? {}).length,
  };
}

async function machineArnOf(stage: string, pipeline: string): Promise<string> {
  const prefix = `millrace-${stage}-`;
  const known = new Map<string, string>();
  let nextToken: string | undefined;
  do {
    const page = await sfnClient().send(new ListStateMachinesCommand({ nextToken, maxResults: 1000 }));
    for (const { name = '', stateMachineArn = '' } of page.stateMachines ?? [])
      if (name.startsWith(prefix)) known.set(name.slice(prefix.length), stateMachineArn);
    nextToken = page.nextToken;
  } while (nextToken !== undefined);
  const arn = known.get(pipeline);
  if (arn !== undefined) return arn;
  throw new CliError(`There is no pipeline '${pipeline}' in stage ${stage}.`, {
    code: EXIT.usage,
    remedy: `${didYouMean(pipeline, [...known.keys()])}Deployed: ${[...known.keys()].join(', ') || 'none'}.`,
  });
}
