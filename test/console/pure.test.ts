import type { HistoryEvent } from '@aws-sdk/client-sfn';
import { describeSchedule } from '../../lib/console/describe-schedule';
import { executionUrl } from '../../lib/console/queries/execution-url';
import { attemptsIn } from '../../lib/console/queries/attempts';
import { withDownstream, withoutShortcuts } from '../../lib/console/queries/graph';
import { medianMs, successRate } from '../../lib/console/queries/pipelines';
import { previewRerun } from '../../lib/console/queries/rerun-preview';
import { criticalPath, waits, type TimedTask } from '../../lib/console/queries/timing';
import { bytes, duration, number, relative, shortRunId } from '../../lib/console/web/format';
import { fold } from '../../lib/console/web/parts/fold-groups';

describe('schedules in words', () => {
  it.each([
    [
      { kind: 'cron', expression: '0 6 * * MON', timeZone: 'Europe/Berlin' },
      'At 06:00, only on Monday, Europe/Berlin',
    ],
    [{ kind: 'interval', seconds: 7200 }, 'Every 2 hours'],
    [{ kind: 'interval', seconds: 90 }, 'Every 90 seconds'],
    [{ kind: 'interval', seconds: 86_400 }, 'Every day'],
    [{ kind: 'once' }, 'Once'],
    [{ kind: 'none' }, 'By hand'],
  ] as const)('%j', (schedule, words) => {
    expect(describeSchedule(schedule)).toBe(words);
  });
});

describe('times of a run', () => {
  const task = (
    id: string,
    needs: readonly string[],
    start: number | null,
    end: number | null,
  ): TimedTask => ({
    id,
    needs,
    start,
    end,
  });
  const tasks = [
    task('read', [], 10, 20),
    task('quick', ['read'], 22, 30),
    task('slow', ['read'], 25, 90),
    task('choose', ['quick', 'slow'], null, null),
    task('write', ['choose'], 95, 99),
    task('left', ['choose'], null, null),
  ];

  it('a task waits from the end of the last task before it, through branches', () => {
    expect(Object.fromEntries(waits(tasks, 4))).toEqual({
      read: 6,
      quick: 2,
      slow: 5,
      choose: null,
      write: 5,
      left: null,
    });
  });

  it('a result of an earlier execution has not waited', () => {
    expect(waits([task('read', [], 2, 3)], 4).get('read')).toBeNull();
  });

  it('the critical path leads back over what ended last', () => {
    expect(criticalPath(tasks)).toEqual(['read', 'slow', 'write']);
    expect(criticalPath([task('a', ['b'], 1, 2), task('b', ['a'], 1, 2)])).toHaveLength(2);
    expect(criticalPath([])).toEqual([]);
  });
});

describe('the preview of a rerun', () => {
  const tasks = [
    { id: 'a', needs: [], status: 'success' },
    { id: 'b', needs: ['a'], status: 'success' },
    { id: 'c', needs: ['b'], status: 'failed' },
    { id: 'd', needs: ['a'], status: 'success' },
    { id: 'e', needs: ['c', 'd'], status: 'waiting' },
  ];
  const runs = (clear: readonly string[], only = false) =>
    previewRerun(tasks, clear, only).tasks.flatMap(({ id, action }) => (action === 'run' ? [id] : []));

  it('without clearing, what did not succeed', () => {
    expect(runs([])).toEqual(['c', 'e']);
  });
  it('clearing takes what waits for it along', () => {
    expect(runs(['b'])).toEqual(['b', 'c', 'e']);
    expect(previewRerun(tasks, ['b'], false).cleared).toEqual(['b', 'c', 'e']);
  });
  it('or one task alone', () => {
    expect(previewRerun(tasks, ['d'], true).cleared).toEqual(['d']);
    expect(runs(['d'], true)).toEqual(['c', 'd', 'e']);
  });
});

describe('graphs', () => {
  it('leave out lines that others say already, but no choices', () => {
    const edges = [
      { from: 'a', to: 'b' },
      { from: 'b', to: 'c' },
      { from: 'a', to: 'c' },
      { from: 'a', to: 'd', choice: 'yes' },
      { from: 'b', to: 'd' },
    ];
    expect(withoutShortcuts(edges)).toEqual([edges[0], edges[1], edges[3], edges[4]]);
  });

  it('tell what is downstream, whatever the order of definition', () => {
    const tasks = [
      { id: 'c', needs: ['b'] },
      { id: 'b', needs: ['a'] },
      { id: 'a', needs: [] },
      { id: 'x', needs: [] },
    ];
    expect(withDownstream(tasks, ['a'])).toEqual(['c', 'b', 'a']);
  });

  it('fold a group into one box with one line to each neighbour', () => {
    const task = (id: string, group: string | null, needs: readonly string[]) => ({
      id,
      group,
      needs,
      kind: 'task',
      contract: null,
    });
    const tasks = [
      task('read', null, []),
      task('g/a', 'g', ['read']),
      task('g/b', 'g', ['read', 'g/a']),
      task('end', null, ['g/a', 'g/b']),
    ];
    const edges = tasks.flatMap(({ id, needs }) => needs.map((from) => ({ from, to: id })));
    expect(fold(tasks, edges, new Set(['g']))).toEqual({
      nodes: [
        { id: 'read', label: 'read', kind: 'task', group: null },
        { id: 'group:g', label: 'g (2)', kind: 'group', group: 'g', members: ['g/a', 'g/b'] },
        { id: 'end', label: 'end', kind: 'task', group: null },
      ],
      edges: [
        { from: 'read', to: 'group:g' },
        { from: 'group:g', to: 'end' },
      ],
    });
    expect(fold(tasks, edges, new Set()).nodes[1]).toMatchObject({ id: 'g/a', label: 'a' });
  });
});

describe('attempts in a history', () => {
  const at = (seconds: number) => new Date(Date.UTC(2026, 0, 1, 0, 0, seconds));
  const scheduled = (
    id: number,
    before: number,
    seconds: number,
    task: string,
    input: object,
  ): HistoryEvent => ({
    id,
    previousEventId: before,
    type: 'TaskScheduled',
    timestamp: at(seconds),
    taskScheduledEventDetails: {
      resourceType: 'lambda',
      resource: 'invoke',
      region: 'us-east-1',
      parameters: JSON.stringify({ FunctionName: 'f', Payload: { task, input } }),
    },
  });
  const events: HistoryEvent[] = [
    { id: 1, previousEventId: 0, type: 'ExecutionStarted', timestamp: at(0) },
    {
      id: 2,
      previousEventId: 1,
      type: 'TaskStateEntered',
      timestamp: at(1),
      stateEnteredEventDetails: { name: 'Book' },
    },
    scheduled(3, 2, 1, 'book', { n: 1 }),
    { id: 4, previousEventId: 3, type: 'TaskStarted', timestamp: at(1) },
    {
      id: 5,
      previousEventId: 4,
      type: 'TaskFailed',
      timestamp: at(3),
      taskFailedEventDetails: {
        resourceType: 'lambda',
        resource: 'invoke',
        error: 'OutOfStock',
        cause: JSON.stringify({ errorType: 'OutOfStock', errorMessage: 'nothing left' }),
      },
    },
    scheduled(6, 5, 5, 'book', { n: 2 }),
    { id: 7, previousEventId: 6, type: 'TaskStarted', timestamp: at(5) },
    {
      id: 8,
      previousEventId: 7,
      type: 'TaskSucceeded',
      timestamp: at(6),
      taskSucceededEventDetails: {
        resourceType: 'lambda',
        resource: 'invoke',
        output: JSON.stringify({ StatusCode: 200, Payload: { status: 'success', out: { left: 1 } } }),
      },
    },
    scheduled(9, 1, 7, 'other', { n: 3 }),
  ];

  it('are those of the task, each with input, output, and its error in words', () => {
    const found = attemptsIn('arn:aws:states:eu-west-1:1:execution:m:run-1', events, {
      id: 'book',
      state: 'Book',
    });
    expect(found.input).toEqual({ n: 2 });
    expect(found.attempts).toEqual([
      {
        number: 1,
        execution: 'run-1',
        startedAt: at(1).toISOString(),
        endedAt: at(3).toISOString(),
        outcome: 'failed',
        error: { name: 'OutOfStock', message: 'nothing left' },
        remedy: expect.stringContaining('Mend the cause') as string,
        input: { n: 1 },
        output: null,
      },
      {
        number: 2,
        execution: 'run-1',
        startedAt: at(5).toISOString(),
        endedAt: at(6).toISOString(),
        outcome: 'success',
        error: null,
        remedy: null,
        input: { n: 2 },
        output: { left: 1 },
      },
    ]);
  });

  it('one that has no end yet is at work', () => {
    const found = attemptsIn('run', events, { id: 'other', state: 'Other' });
    expect(found.attempts).toMatchObject([
      { outcome: 'running', endedAt: null, input: { n: 3 }, output: null },
    ]);
  });
});

describe('the link to an execution', () => {
  it('leads to the console of its partition', () => {
    const hostOf = (arn: string) => executionUrl(arn)?.split('/states/')[0];
    const rest = '123456789012:execution:orders:one';
    expect(executionUrl(`arn:aws:states:eu-west-1:${rest}`)).toBe(
      'https://eu-west-1.console.aws.amazon.com/states/home?region=eu-west-1#/v2/executions/details/arn%3Aaws%3Astates%3Aeu-west-1%3A123456789012%3Aexecution%3Aorders%3Aone',
    );
    expect(hostOf(`arn:aws-cn:states:cn-north-1:${rest}`)).toBe('https://cn-north-1.console.amazonaws.cn');
    expect(hostOf(`arn:aws-us-gov:states:us-gov-west-1:${rest}`)).toBe(
      'https://us-gov-west-1.console.amazonaws-us-gov.com',
    );
    expect(executionUrl(`arn:aws-iso:states:us-iso-east-1:${rest}`)).toBeNull();
  });
});

describe('figures', () => {
  it('of runs', () => {
    const run = (status: string, seconds: number | undefined) => ({
      runId: 'r',
      pipeline: 'p',
      status,
      trigger: 'manual',
      logicalDate: '2026-01-01T00:00:00.000Z',
      startedAt: '2026-01-01T00:00:00.000Z',
      ...(seconds === undefined
        ? {}
        : { endedAt: new Date(Date.UTC(2026, 0, 1, 0, 0, seconds)).toISOString() }),
    });
    const runs = [run('success', 10), run('failed', 1), run('success', 20), run('running', undefined)];
    expect(successRate(runs)).toBeCloseTo(2 / 3);
    expect(medianMs(runs)).toBe(15_000);
    expect([successRate([]), medianMs([])]).toEqual([null, null]);
  });

  it('read as people read them', () => {
    expect([duration(41), duration(1300), duration(125_000), duration(10_920_000), duration(null)]).toEqual([
      '41 ms',
      '1.3 s',
      '2 min 5 s',
      '3 h 2 min',
      '–',
    ]);
    expect([number(0.821_93), number(3), number('NaN'), number(undefined), number(1e-7)]).toEqual([
      '0.8219',
      '3',
      'NaN',
      '–',
      '1.000e-7',
    ]);
    expect([bytes(512), bytes(2048), bytes(5_000_000)]).toEqual(['512 B', '2.0 KB', '4.8 MB']);
    const now = Date.UTC(2026, 0, 1);
    expect(relative('2026-01-01T03:00:00Z', now)).toBe('in 3 h');
    expect(relative('2025-12-31T23:55:00Z', now)).toBe('5 min ago');
    expect(shortRunId('credit-risk--manual--20261121T111219Z-0108e620')).toBe('manual 0108e620');
    expect(shortRunId('by-hand')).toBe('by-hand');
  });
});
