/**
 * Random graphs of any shape, with random rules, outcomes, durations and branches: compiled and run by the local engine
 * they must do what the reference scheduler does, at the same instants.
 *
 *   CASES=50000 npx jest test/properties
 */
import fc from 'fast-check';
import { compile } from '../../lib/compiler/compile';
import type { PipelineModel } from '../../lib/model/pipeline';
import type { TaskNode, TriggerRule } from '../../lib/model/task-node';
import type { Value } from '../../lib/model/value';
import { schedule, type ReferenceTask } from '../support/reference-scheduler';
import { CompiledRuns } from '../support/run-compiled';

const CASES = Number(process.env['CASES'] ?? 2000);
const RULES: readonly TriggerRule[] = [
  'all_success',
  'all_failed',
  'all_done',
  'all_skipped',
  'one_failed',
  'one_success',
  'one_done',
  'all_done_min_one_success',
  'none_failed',
  'none_failed_min_one_success',
  'none_skipped',
  'always',
];
const RETRY_DELAY = 7;

interface Case {
  readonly tasks: readonly ReferenceTask[];
  /** Upstream tasks whose output a task reads. */
  readonly reads: ReadonlyMap<string, readonly string[]>;
  /** Tasks that are written as maps over a list of one. */
  readonly mapped: ReadonlySet<string>;
  /** Branches that may choose both ways, or none. */
  readonly several: ReadonlySet<string>;
  readonly failureMode: 'continue' | 'failFast';
}

/** Uniform; `fc.double` would be uniform over the representable numbers, which crowd at zero. */
const share = fc.integer({ min: 0, max: 999 }).map((n) => n / 1000);

/** One row of numbers in [0, 1) per task: what they mean is decided while the graph is built, so that shrinking works. */
const cases = fc
  .record({
    density: share.map((n) => 0.05 + 0.5 * n * n),
    calm: share,
    failFast: fc.integer({ min: 0, max: 9 }).map((n) => n === 0),
    rows: fc.array(
      fc.record({
        kind: share,
        rule: fc.nat(RULES.length * 3 - 1),
        links: fc.array(share, { minLength: 30, maxLength: 30 }),
        seconds: fc.array(fc.integer({ min: 1, max: 50 }), { minLength: 3, maxLength: 3 }),
        success: fc.array(share, { minLength: 3, maxLength: 3 }),
        retries: fc.nat(2),
        choice: fc.boolean(),
        reads: fc.nat(),
      }),
      { minLength: 1, maxLength: 30, size: 'max' },
    ),
  })
  .map(({ density, calm, failFast, rows }): Case => {
    const reads = new Map<string, string[]>();
    const tasks: ReferenceTask[] = [];
    const mapped = new Set<string>();
    const several = new Set<string>();
    rows.forEach((row, i) => {
      const id = `t${i}`;
      const upstream = tasks.filter((_, j) => (row.links[j] ?? 1) < density).map((task) => task.id);
      const branchUp = tasks.find((task) => task.choices !== undefined && upstream.includes(task.id));
      const chosen = branchUp !== undefined && row.reads % 3 > 0;
      const isBranch = row.kind < 0.15;
      const isEmpty = !isBranch && row.kind < 0.2;
      if (row.kind > 0.85) mapped.add(id);
      if (isBranch && row.kind < 0.08) several.add(id);
      reads.set(
        id,
        isBranch || isEmpty
          ? []
          : upstream.filter((up, j) => (row.reads >> j) % 2 === 1 && isData(rows[Number(up.slice(1))]?.kind)),
      );
      tasks.push({
        id,
        upstream,
        rule: RULES[row.rule] ?? 'all_success',
        attempts:
          isBranch || isEmpty
            ? []
            : row.seconds.slice(0, failFast ? 1 : row.retries + 1).map((seconds, k) => ({
                seconds,
                success: (row.success[k] ?? 0) < 0.4 + calm * 0.6,
              })),
        retryDelay: RETRY_DELAY,
        ...(isBranch && row.kind >= 0.08 ? { choices: [row.choice ? 'yes' : 'no'] } : {}),
        ...(isBranch && row.kind < 0.08
          ? { choices: ['yes', 'no'].filter((_, bit) => (row.reads >> (4 + bit)) % 2 === 0) }
          : {}),
        ...(isEmpty && row.kind > 0.17 ? { skips: row.choice } : {}),
        ...(chosen ? { chosenBy: { branch: branchUp.id, choice: row.reads % 3 === 1 ? 'yes' : 'no' } } : {}),
      });
    });
    return { tasks, reads, mapped, several, failureMode: failFast ? 'failFast' : 'continue' };
  });

const isData = (kind: number | undefined) => kind !== undefined && kind >= 0.2;

function modelOf({ tasks, reads, mapped, several, failureMode }: Case): PipelineModel {
  return {
    id: 'random',
    description: 'A random graph',
    tags: [],
    schedule: { kind: 'none' },
    triggers: [],
    catchup: false,
    maxActiveRuns: 1,
    dependsOnPast: false,
    failureMode,
    runTimeoutSeconds: 20 * 86_400,
    paramsSchema: {
      type: 'object',
      properties: Object.fromEntries(
        tasks.map((task) => [
          task.id,
          { type: 'object', properties: { yes: { type: 'boolean' }, no: { type: 'boolean' } } },
        ]),
      ),
    },
    groups: [],
    tasks: tasks.map((task): TaskNode => {
      const base = {
        id: task.id,
        after: task.upstream.filter((up) => up !== task.chosenBy?.branch),
        triggerRule: task.rule,
        ...(task.chosenBy === undefined ? {} : { chosenBy: task.chosenBy }),
      };
      const param = (name: string): Value => ({ kind: 'param', path: [task.id, name] });
      if (several.has(task.id))
        return {
          ...base,
          kind: 'choose',
          cases: ['yes', 'no'].map((choice) => ({ choice, condition: param(choice) })),
        };
      if (task.choices !== undefined) return { ...base, kind: 'branch', condition: param('yes') };
      if (task.skips !== undefined) return { ...base, kind: 'short-circuit', condition: param('no') };
      if (task.attempts.length === 0) return { ...base, kind: 'empty' };
      const work: TaskNode = {
        ...(mapped.has(task.id) ? { id: `${task.id}/item`, after: [], triggerRule: 'all_success' } : base),
        kind: 'task',
        contract: 'step',
        handler: 'lambdas/step/handler.ts',
        native: [],
        access: [],
        input: {
          kind: 'object',
          fields: Object.fromEntries(
            (reads.get(task.id) ?? []).map((up) => [
              up,
              { kind: 'output', task: up, path: mapped.has(up) ? [0, 'of'] : ['of'] },
            ]),
          ),
        },
        inputSchema: { type: 'object' },
        outputSchema: { type: 'object', properties: { of: { type: 'string' } }, required: ['of'] },
        retry: {
          retries: task.attempts.length - 1,
          delaySeconds: RETRY_DELAY,
          backoffRate: 1,
          jitter: false,
        },
        timeoutSeconds: 600,
        memoryMb: 128,
        ephemeralMb: 512,
        environment: {},
      };
      if (!mapped.has(task.id)) return work;
      return {
        ...base,
        kind: 'map',
        items: { kind: 'literal', value: [task.id] },
        tasks: [work],
        result: { kind: 'output', task: work.id, path: [] },
        maxConcurrency: 0,
        mode: task.upstream.length % 2 === 0 ? 'distributed' : 'inline',
        toleratedFailurePercentage: 0,
      };
    }),
  };
}

const outer = (id: string) => id.replace('/item[0]', '');
const byOuterId = <T>(found: ReadonlyMap<string, T>) =>
  new Map([...found].map(([id, value]) => [outer(id), value]));

describe('compiled pipelines', () => {
  const runs = new CompiledRuns();
  beforeAll(() => runs.open());
  afterAll(() => runs.close());

  /** A case as the engine ran it, and as the reference did; throws where the run does not end as that does. */
  async function both(one: Case, holding?: 'barriers') {
    const params = Object.fromEntries(
      one.tasks.map(({ id, choices, skips }) => [
        id,
        { yes: choices?.includes('yes') === true, no: choices?.includes('no') === true || skips === false },
      ]),
    );
    const byId = new Map(one.tasks.map((task) => [task.id, task]));
    const run = await runs.run(compile(modelOf(one), holding), params, (event, attempt) => {
      const { seconds = 0, success = true } = byId.get(outer(event.task))?.attempts[attempt - 1] ?? {};
      return success ? { seconds, out: { of: outer(event.task) } } : { seconds, error: 'Played' };
    });
    const reference = schedule(one.tasks, { decide: 'at-end', failureMode: one.failureMode });
    expect({
      status: run.status,
      cause: run.status === 'FAILED' && reference.failed ? '' : run.cause,
    }).toEqual(
      reference.failed ? { status: 'FAILED', cause: '' } : { status: 'SUCCEEDED', cause: undefined },
    );
    const isTask = (id: string) => (byId.get(id)?.attempts.length ?? 0) > 0;
    const starts = (started: ReadonlyMap<string, number>, before: number) =>
      Object.fromEntries([...started].filter(([id, at]) => isTask(id) && at < before).sort());
    const ends = Object.fromEntries([...reference.ends].map(([id, end]) => [id, end.status]));
    return { run, reference, starts, ends };
  }

  it(
    `do what the reference scheduler does, ${CASES} times`,
    async () => {
      await fc.assert(
        fc.asyncProperty(cases, async (one) => {
          const { run, reference, starts, ends } = await both(one);
          const { stoppedAt = Number.POSITIVE_INFINITY } = reference;
          expect(starts(byOuterId(run.started), stoppedAt)).toEqual(starts(reference.started, stoppedAt));
          if (reference.stoppedAt !== undefined) return;
          expect(run.statuses).toEqual(ends);
          expect(run.finishedAt).toBe(Math.max(...[...reference.ends.values()].map((end) => end.end)));
          for (const [id, input] of byOuterId(run.inputs))
            expect(input).toEqual(
              Object.fromEntries(
                (one.reads.get(id) ?? []).map((up) => [
                  up,
                  reference.ends.get(up)?.status === 'success' ? up : null,
                ]),
              ),
            );
        }),
        {
          numRuns: CASES,
          ...(process.env['SEED'] === undefined ? {} : { seed: Number(process.env['SEED']) }),
        },
      );
    },
    CASES * 1000 + 60_000,
  );

  it(
    'end the same with barriers, and start nothing earlier',
    async () => {
      await fc.assert(
        fc.asyncProperty(cases, async (any) => {
          const { run, reference, starts, ends } = await both(
            { ...any, failureMode: 'continue' },
            'barriers',
          );
          expect(run.statuses).toEqual(ends);
          const ours = starts(byOuterId(run.started), Number.POSITIVE_INFINITY);
          const theirs = starts(reference.started, Number.POSITIVE_INFINITY);
          expect(Object.keys(ours)).toEqual(Object.keys(theirs));
          for (const [id, at] of Object.entries(ours)) expect(at).toBeGreaterThanOrEqual(theirs[id] ?? 0);
        }),
        { numRuns: Math.ceil(CASES / 20) },
      );
    },
    CASES * 100 + 60_000,
  );
});

describe('the reference scheduler', () => {
  const plain: readonly TriggerRule[] = [
    'all_success',
    'all_done',
    'none_failed',
    'none_failed_min_one_success',
    'all_done_min_one_success',
  ];
  const ends = (tasks: readonly ReferenceTask[], decide: 'airflow' | 'at-end') =>
    schedule(tasks, { decide, failureMode: 'continue' });
  const statuses = (run: ReturnType<typeof ends>) =>
    Object.fromEntries([...run.ends].map(([id, end]) => [id, end.status]).sort());
  const without = (one: Case, rule: (i: number) => TriggerRule): ReferenceTask[] =>
    one.tasks.map(({ chosenBy: _none, choices: _free, skips: _never, ...task }, i) => ({
      ...task,
      rule: rule(i),
    }));

  it("gives Airflow's end states where they do not depend on the order of ends, and starts nothing earlier", () => {
    fc.assert(
      fc.property(cases, (one) => {
        const tasks = without(one, (i) => plain[i % plain.length] ?? 'all_success');
        const airflow = ends(tasks, 'airflow');
        const ours = ends(tasks, 'at-end');
        expect(statuses(ours)).toEqual(statuses(airflow));
        for (const [id, at] of airflow.started) expect(ours.started.get(id)).toBeGreaterThanOrEqual(at);
      }),
      { numRuns: 500 },
    );
  });

  it('starts every task when Airflow does if all rules are all_success', () => {
    fc.assert(
      fc.property(cases, (one) => {
        const tasks = without(one, () => 'all_success');
        expect(ends(tasks, 'at-end').started).toEqual(ends(tasks, 'airflow').started);
      }),
      { numRuns: 500 },
    );
  });
});
