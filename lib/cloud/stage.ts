/** What differs between the stages. A stage is a copy of everything, told apart by its name in every resource name. */
import { SynthesisError } from './synthesis-error';

export const STAGE_NAMES = ['dev', 'staging', 'prod'] as const;
export type StageName = (typeof STAGE_NAMES)[number];

export interface Stage {
  readonly name: StageName;
  /** Data, tables and logs stay when their stack is deleted, and tables refuse to be deleted. */
  readonly retain: boolean;
  /** Days that logs of functions and machines are kept. */
  readonly logDays: 30 | 90 | 180;
  /** What a machine logs. `ERROR` costs next to nothing; the execution history has the rest for 90 days. */
  readonly machineLog: { readonly level: 'ALL' | 'ERROR'; readonly executionData: boolean };
  /** Days after which earlier versions of overwritten or deleted objects go. */
  readonly noncurrentDays: number;
  /** Days that offloaded results below `executions/` are kept: as long as an execution can be redriven and looked at. */
  readonly executionDays: number;
  /** Days that the archived logs of runs are kept. */
  readonly archiveDays: number;
}

const STAGES: Readonly<Record<StageName, Stage>> = {
  dev: {
    name: 'dev',
    retain: false,
    logDays: 30,
    machineLog: { level: 'ALL', executionData: true },
    noncurrentDays: 7,
    executionDays: 30,
    archiveDays: 90,
  },
  staging: {
    name: 'staging',
    retain: false,
    logDays: 90,
    machineLog: { level: 'ALL', executionData: false },
    noncurrentDays: 30,
    executionDays: 90,
    archiveDays: 365,
  },
  prod: {
    name: 'prod',
    retain: true,
    logDays: 180,
    machineLog: { level: 'ERROR', executionData: false },
    noncurrentDays: 90,
    executionDays: 90,
    archiveDays: 1825,
  },
};

/** @throws SynthesisError for a name that is none of `STAGE_NAMES`. */
export function stageOf(name: unknown): Stage {
  const known = STAGE_NAMES.find((stage) => stage === name);
  if (known === undefined) {
    throw new SynthesisError(
      'CLOUD_STAGE',
      `The context value stage is ${JSON.stringify(name)}, which is no stage.`,
      `Use one of ${STAGE_NAMES.join(', ')}: -c stage=dev.`,
    );
  }
  return STAGES[known];
}
