import type { HistoryEvent, HistoryEventType } from '@aws-sdk/client-sfn';
import { estimateCost } from '../../lib/model/estimate';
import { countHistory } from '../../lib/orchestration/cost/count-history';
import { inputOf } from '../../lib/orchestration/cost/cost-of-run';
import type { TaskRecord } from '../../lib/orchestration/task-record';

const BEGUN = Date.UTC(2026, 0, 1);

/** Events with their ids in order, each behind the one before it unless it is said otherwise. */
function history(
  ...events: readonly (readonly [type: HistoryEventType, seconds: number, details?: Partial<HistoryEvent>])[]
): HistoryEvent[] {
  return events.map(([type, seconds, details], i) => ({
    id: i + 1,
    previousEventId: i,
    type,
    timestamp: new Date(BEGUN + seconds * 1000),
    ...details,
  }));
}

const call = (name: string, task?: string, resource = 'invoke'): Partial<HistoryEvent> => ({
  taskScheduledEventDetails: {
    resourceType: 'lambda',
    resource,
    region: 'us-east-1',
    parameters: JSON.stringify({
      FunctionName: `arn:aws:lambda:us-east-1:000000000000:function:${name}:live`,
      Payload: task === undefined ? {} : { task },
    }),
  },
});
const ask = (resourceType: string, resource: string): Partial<HistoryEvent> => ({
  taskScheduledEventDetails: { resourceType, resource, region: 'us-east-1', parameters: '{}' },
});

const EVENTS = history(
  ['ExecutionStarted', 0],
  ['TaskStateEntered', 0],
  ['TaskScheduled', 0, call('begin')],
  ['TaskStarted', 0.1],
  ['TaskSucceeded', 0.3],
  ['TaskStateExited', 0.3],
  ['ParallelStateEntered', 0.3],
  ['ParallelStateStarted', 0.3],
  ['TaskStateEntered', 0.3],
  ['TaskScheduled', 1, call('train', 'fit')],
  ['TaskStarted', 1],
  ['TaskFailed', 4],
  // A retry: no state is entered anew.
  ['TaskScheduled', 5, call('train', 'fit')],
  ['TaskStarted', 5],
  ['TaskSucceeded', 8],
  ['TaskStateExited', 8],
  ['ParallelStateExited', 8],
  ['TaskStateEntered', 8],
  ['TaskScheduled', 8, ask('dynamodb', 'updateItem')],
  ['TaskSucceeded', 8.1],
  ['TaskStateEntered', 8.1],
  // Somebody decides an hour later; the function had ended long before.
  ['TaskScheduled', 8.1, call('launcher', 'fit', 'invoke.waitForTaskToken')],
  ['TaskSucceeded', 3608],
  ['TaskStateEntered', 3608],
  ['TaskScheduled', 3608, ask('athena', 'startQueryExecution.sync')],
  ['TaskSucceeded', 3610],
  ['ExecutionSucceeded', 3610],
);

const record: TaskRecord = {
  task: 'fit',
  status: 'success',
  attempt: 2,
  execution: 'e',
  startedAt: new Date(BEGUN + 5000).toISOString(),
  durationMs: 2500,
  memoryMb: 2048,
};
const PIPELINE = {
  functions: [{ name: 'train', memoryMb: 2048, ephemeralMb: 1536, tasks: ['fit'] }],
  jobs: [
    { task: 'box', service: 'fargate', cpu: 1, memoryMb: 2048, gpu: 0 },
    { task: 'gpu', service: 'batch', cpu: 4, memoryMb: 8192, gpu: 1 },
  ],
};

describe('the cost of a run', () => {
  it('counts states, retries, calls and requests of its history', () => {
    const counted = countHistory(EVENTS);
    // Six states and the one retry.
    expect(counted.transitions).toBe(7);
    expect(counted.functions).toEqual([
      { name: 'begin', task: null, seconds: 0.3 },
      { name: 'train', task: 'fit', seconds: 3 },
      { name: 'train', task: 'fit', seconds: 3 },
      { name: 'launcher', task: 'fit', seconds: null },
    ]);
    expect(counted.requests).toEqual({ 'dynamodb:updateItem': 1, 'athena:startQueryExecution': 1 });
  });

  it('takes the last attempt from its record, those before it from the history', () => {
    const input = inputOf([countHistory(EVENTS)], [record], PIPELINE);
    expect(input.calls).toEqual([
      { task: 'begin', memoryMb: 256, ephemeralMb: 512, seconds: 0.3 },
      { task: 'fit', memoryMb: 2048, ephemeralMb: 1536, seconds: 3 },
      { task: 'fit', memoryMb: 2048, ephemeralMb: 1536, seconds: 2.5 },
      { task: 'fit', memoryMb: 256, ephemeralMb: 512, seconds: 0.2 },
    ]);
    const { lines } = estimateCost(input);
    const quantity = (item: string) => lines.find((line) => line.item === item)?.quantity;
    // A quarter of a GB for half a second, two GB for 5.5 s.
    expect(quantity('Lambda compute')).toBeCloseTo(0.125 + 11, 9);
    expect(quantity('Lambda /tmp')).toBeCloseTo(5.5, 9);
    expect(quantity('Step Functions')).toBe(7);
    expect(quantity('DynamoDB writes')).toBe(4 * 2 + 1);
    expect(input.unpriced).toEqual(['athena']);
  });

  it('adds the executions of a rerun, and prices containers of Fargate alone', () => {
    const job = (service: 'fargate' | 'batch') => ({ service, name: 'j', number: 1 });
    const input = inputOf(
      [countHistory(EVENTS), countHistory(EVENTS)],
      [
        { ...record, task: 'box', durationMs: 90_000, job: job('fargate') },
        { ...record, task: 'gpu', durationMs: 90_000, job: job('batch') },
      ],
      PIPELINE,
    );
    expect(input.transitions).toBe(14);
    expect(input.containers).toEqual([{ task: 'box', cpu: 1, memoryMb: 2048, seconds: 90, calls: 1 }]);
    expect(input.unpriced).toEqual(['gpu (batch)', 'athena']);
  });
});
