/** What the last synthesis says of the pipelines (`millrace.json`): what stands in no table. */
import type { Edge } from '../model/edges';
import type { JsonObject } from '../model/json';
import type { Schedule, Trigger } from '../model/schedule';

export interface Catalogue {
  readonly stage: string;
  /** Of the functions. @default arm64 */
  readonly architecture?: 'arm64' | 'x86_64';
  readonly code: { readonly commit: string; readonly dirty: boolean };
  readonly pipelines: readonly CataloguePipeline[];
  /** Files that were left out, with place and remedy. */
  readonly failures: readonly LoadFault[];
}

export interface LoadFault {
  readonly file: string;
  readonly line?: number;
  readonly code: string;
  readonly message: string;
  readonly hint: string;
}

export interface CataloguePipeline {
  readonly id: string;
  readonly description: string;
  readonly file: string;
  readonly machine: string;
  readonly owner?: string | null;
  readonly tags?: readonly string[];
  readonly schedule: Schedule;
  readonly triggers: readonly Trigger[];
  readonly startDate: string | null;
  readonly endDate: string | null;
  readonly catchup: boolean;
  readonly maxActiveRuns: number;
  readonly tasks: readonly CatalogueTask[];
  /** @default every edge is a need of a task */
  readonly edges?: readonly Edge[];
  /** Edges that are held by gates. */
  readonly gates?: readonly Edge[];
  readonly functions: readonly {
    readonly name: string;
    readonly logGroup: string;
    readonly contract: string;
    readonly memoryMb: number;
    /** `/tmp`. @default 512 */
    readonly ephemeralMb?: number;
    readonly timeoutSeconds: number;
    /** SHA-256 of its bundle. */
    readonly codeHash?: string;
    readonly tasks: readonly string[];
  }[];
  /** Tasks in containers. @default none */
  readonly jobs?: readonly {
    readonly task: string;
    readonly service: string;
    readonly cpu?: number;
    readonly memoryMb?: number;
    readonly gpu?: number;
    readonly codeHash?: string;
  }[];
  readonly paramsSchema: JsonObject;
  readonly notices: readonly {
    readonly code: string;
    readonly path: string;
    readonly message: string;
    readonly hint: string;
  }[];
}

export interface CatalogueTask {
  readonly id: string;
  /** Name of its state. */
  readonly state: string;
  readonly kind: string;
  readonly contract?: string;
  readonly group?: string;
  readonly needs: readonly string[];
  /** Registered model that it watches. */
  readonly watches?: string;
}

/** @throws Error when the text is no catalogue */
export function parseCatalogue(text: string): Catalogue {
  const value = JSON.parse(text) as Partial<Catalogue>;
  if (!Array.isArray(value.pipelines) || !Array.isArray(value.failures))
    throw new Error('millrace.json is of another version. Synthesise again.');
  return value as Catalogue;
}

/** Edges with the choices they stand for. */
export function edgesOfPipeline(pipeline: Pick<CataloguePipeline, 'tasks' | 'edges'>): readonly Edge[] {
  return (
    pipeline.edges ?? pipeline.tasks.flatMap((task) => task.needs.map((from) => ({ from, to: task.id })))
  );
}
