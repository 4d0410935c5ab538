/**
 * What a run costs on AWS: before deployment from assumed durations, after a run from measured ones.
 * Pure arithmetic over `PRICES`; storage at rest is left out, as it depends on what one keeps.
 */
import { PRICES, type Architecture } from './prices';

/** One function call of a run. */
export interface BilledCall {
  readonly task: string;
  readonly memoryMb: number;
  readonly ephemeralMb: number;
  /** Duration, seconds; Lambda bills it rounded up to the millisecond. */
  readonly seconds: number;
  /** How often it is called in a run. @default 1 */
  readonly calls?: number;
}

/** One container of a run. */
export interface BilledContainer {
  readonly task: string;
  readonly cpu: number;
  readonly memoryMb: number;
  /** Duration, seconds; Fargate bills at least a minute. */
  readonly seconds: number;
  /** How often it runs in a run. @default 1 */
  readonly calls?: number;
}

/** What the machine itself asks of the tables and the bus: gates, queries, approvals, notifications. */
export interface MachineRequests {
  /** Units of DynamoDB. */
  readonly writes: number;
  readonly reads: number;
  readonly events: number;
}

export interface CostInput {
  readonly calls: readonly BilledCall[];
  /** On Fargate, by itself or under Batch. @default none */
  readonly containers?: readonly BilledContainer[];
  /** What runs on machines whose price is not known here: `train (sagemaker)`. @default nothing */
  readonly unpriced?: readonly string[];
  /** @default none */
  readonly machine?: MachineRequests;
  /** State transitions, retries included. */
  readonly transitions: number;
  /** @default arm64 */
  readonly architecture?: Architecture;
  /** Runs per month from the schedule; `null` when nothing starts it by itself. */
  readonly runsPerMonth: number | null;
}

export interface CostLine {
  readonly item: string;
  readonly quantity: number;
  readonly unit: string;
  /** US dollars. */
  readonly cost: number;
}

export interface CostEstimate {
  readonly region: string;
  readonly asOf: string;
  readonly architecture: Architecture;
  readonly lines: readonly CostLine[];
  readonly perRun: number;
  readonly runsPerMonth: number | null;
  readonly perMonth: number | null;
  /** What costs besides and is not counted. */
  readonly unpriced?: readonly string[];
}

/**
 * Calls of the tables and the bucket that the runtime makes for each task: the memo is read (strongly consistent,
 * one unit), the record is written twice; a task reads and writes a handful of objects; it logs about 4 KB.
 */
const PER_TASK = { reads: 1, writes: 2, puts: 3, gets: 3, logKb: 4 } as const;

/** The least that Fargate bills, seconds. */
const MINUTE = 60;

export function estimateCost(input: CostInput): CostEstimate {
  const architecture = input.architecture ?? 'arm64';
  const machine = input.machine ?? { writes: 0, reads: 0, events: 0 };
  const calls = input.calls.reduce((sum, call) => sum + (call.calls ?? 1), 0);
  const billed = input.calls.map((call) => ({
    ...call,
    total: (Math.ceil(call.seconds * 1000) / 1000) * (call.calls ?? 1),
  }));
  const gbSeconds = billed.reduce((sum, call) => sum + (call.memoryMb / 1024) * call.total, 0);
  const ephemeral = billed.reduce(
    (sum, call) => sum + (Math.max(0, call.ephemeralMb - 512) / 1024) * call.total,
    0,
  );
  const fargate = (amount: (container: BilledContainer) => number): number =>
    (input.containers ?? []).reduce(
      (sum, container) =>
        sum + amount(container) * Math.max(MINUTE, Math.ceil(container.seconds)) * (container.calls ?? 1),
      0,
    );
  const line = (item: string, quantity: number, unit: string, price: number): CostLine => ({
    item,
    quantity,
    unit,
    cost: quantity * price,
  });
  const lines = [
    line('Step Functions', input.transitions, 'transitions', PRICES.stateTransition),
    line('Lambda compute', gbSeconds, 'GB-s', PRICES.lambdaGbSecond[architecture]),
    line('Lambda requests', calls, 'requests', PRICES.lambdaRequest),
    line('Lambda /tmp', ephemeral, 'GB-s', PRICES.lambdaEphemeralGbSecond),
    line(
      'Fargate processors',
      fargate(({ cpu }) => cpu),
      'vCPU-s',
      PRICES.fargateVcpuSecond[architecture],
    ),
    line(
      'Fargate memory',
      fargate(({ memoryMb }) => memoryMb / 1024),
      'GB-s',
      PRICES.fargateGbSecond[architecture],
    ),
    line('DynamoDB writes', calls * PER_TASK.writes + machine.writes, 'units', PRICES.dynamoWriteUnit),
    line('DynamoDB reads', calls * PER_TASK.reads + machine.reads, 'units', PRICES.dynamoReadUnit),
    line('EventBridge', machine.events, 'events', PRICES.eventBridgeEvent),
    line('S3 writes', calls * PER_TASK.puts, 'requests', PRICES.s3Put),
    line('S3 reads', calls * PER_TASK.gets, 'requests', PRICES.s3Get),
    line('CloudWatch Logs', (calls * PER_TASK.logKb) / 1024 / 1024, 'GB', PRICES.logsGb),
  ];
  const perRun = lines.reduce((sum, l) => sum + l.cost, 0);
  return {
    region: PRICES.region,
    asOf: PRICES.asOf,
    architecture,
    lines,
    perRun,
    runsPerMonth: input.runsPerMonth,
    perMonth: input.runsPerMonth === null ? null : perRun * input.runsPerMonth,
    ...(input.unpriced === undefined || input.unpriced.length === 0 ? {} : { unpriced: input.unpriced }),
  };
}
