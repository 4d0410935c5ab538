import fc from 'fast-check';
import { startLocalAws, type LocalAws } from '../support/local-aws';
import { post, refusal, request } from '../support/mlflow-api';

let aws: LocalAws;
let here: string;
let there: string;

interface Found {
  readonly names: readonly string[];
  readonly next: string | undefined;
}

const search = async (body: object, experiment_ids = [here]): Promise<Found> => {
  const { runs = [], next_page_token } = await post('runs/search', { experiment_ids, ...body });
  return {
    names: runs.map((run: { info: { run_name: string } }) => run.info.run_name) as string[],
    next: next_page_token as string | undefined,
  };
};
const names = async (filter: string, ...order_by: string[]) => (await search({ filter, order_by })).names;

/** All pages, joined. */
const walk = async (body: object, experiments?: string[]): Promise<string[]> => {
  const found: string[] = [];
  let page: Found | undefined;
  do {
    page = await search({ ...body, page_token: page?.next ?? '' }, experiments);
    found.push(...page.names);
  } while (page.next !== undefined);
  return found;
};

async function run(experiment_id: string, i: number): Promise<string> {
  const { run } = await post('runs/create', {
    experiment_id,
    run_name: `r${i}`,
    start_time: 1000 + i,
    tags: [
      { key: 'mlflow.user', value: i % 2 === 0 ? 'ann' : 'bob' },
      { key: 'with space', value: String(i) },
    ],
  });
  const run_id = run.info.run_id as string;
  await post('runs/log-batch', {
    run_id,
    metrics: [
      { key: 'm', value: i, timestamp: 1 },
      ...(i % 3 === 0 ? [{ key: 'third', value: i === 3 ? 'NaN' : -i, timestamp: 1 }] : []),
    ],
    params: [{ key: 'p', value: `v${i}` }],
  });
  return run_id;
}

let ids: string[];
beforeAll(async () => {
  aws = await startLocalAws();
  [here, there] = (await Promise.all(
    ['here', 'there'].map(
      async (name) => (await post('experiments/create', { name })).experiment_id as string,
    ),
  )) as [string, string];
  ids = [];
  for (let i = 0; i < 10; i++) ids.push(await run(i < 7 ? here : there, i));
});
afterAll(async () => aws.stop());

describe('the search of runs', () => {
  it('gives the latest start first, over several experiments; unknown ones have none', async () => {
    expect(await names('')).toEqual(['r6', 'r5', 'r4', 'r3', 'r2', 'r1', 'r0']);
    expect((await search({}, [there, here, '4711'])).names.slice(0, 4)).toEqual(['r9', 'r8', 'r7', 'r6']);
    expect((await search({}, [])).names).toEqual([]);
  });

  it.each([
    ['metrics.m >= 5', ['r6', 'r5']],
    ["metrics.m > 1 AND params.p != 'v3' and tags.`mlflow.user` = 'bob'", ['r5']],
    ['tags."with space" LIKE \'_\' AND metrics.third < 0', ['r6']],
    ['metrics.third != 1', ['r6', 'r3', 'r0']],
    ["user_id = 'ann' AND start_time < 1003", ['r2', 'r0']],
    ["run_name ILIKE 'R_' AND status = 'RUNNING' AND metrics.m <= 0", ['r0']],
    ['tags.none IS NULL AND end_time > 0', []],
    ["artifact_uri LIKE 'mlflow-artifacts:/%' AND metrics.m = 2", ['r2']],
  ])('finds by %s', async (filter, found) => {
    expect(await names(filter)).toEqual(found);
  });

  it('finds by ids', async () => {
    expect(await names(`run_id IN ('${ids[1]}', '${ids[4]}', 'none')`)).toEqual(['r4', 'r1']);
    expect(await names(`run_id NOT IN ('${ids[1]}') AND metrics.m < 3`)).toEqual(['r2', 'r0']);
  });

  it('sorts by metrics, params, tags and attributes; ties by latest start', async () => {
    expect(await names('', 'metrics.third ASC')).toEqual(['r6', 'r0', 'r3', 'r5', 'r4', 'r2', 'r1']);
    expect(await names('', 'metrics.third DESC')).toEqual(['r0', 'r6', 'r3', 'r5', 'r4', 'r2', 'r1']);
    expect(await names('metrics.m < 4', 'tags.`mlflow.user`', 'params.p DESC')).toEqual([
      'r2',
      'r0',
      'r3',
      'r1',
    ]);
    expect(await names('metrics.m < 3', 'run_name')).toEqual(['r0', 'r1', 'r2']);
  });

  it('gives the same on pages of every length as at once', async () => {
    const orders = [
      [],
      ['attributes.start_time DESC'],
      ['metrics.third'],
      ['start_time ASC'],
      ['tags.`mlflow.user` DESC'],
    ];
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...orders),
        fc.constantFrom('', "tags.`mlflow.user` = 'ann'", 'metrics.m != 4'),
        fc.integer({ min: 1, max: 11 }),
        async (order_by, filter, max_results) => {
          const whole = await search({ order_by, filter }, [here, there]);
          expect(whole.next).toBeUndefined();
          expect(await walk({ order_by, filter, max_results }, [here, there])).toEqual(whole.names);
        },
      ),
      { numRuns: 30 },
    );
  });

  it('keeps to its page when runs are added in front of it', async () => {
    const experiment = (await post('experiments/create', { name: 'moving' })).experiment_id as string;
    for (const i of [1, 2, 3]) await run(experiment, i);
    const first = await search({ max_results: 2 }, [experiment]);
    await run(experiment, 4);
    const second = await search({ max_results: 2, page_token: first.next }, [experiment]);
    expect([...first.names, ...second.names]).toEqual(['r3', 'r2', 'r1']);
  });

  it('leaves deleted runs out unless they are asked for', async () => {
    const experiment = (await post('experiments/create', { name: 'partly deleted' })).experiment_id as string;
    const gone = await run(experiment, 1);
    await run(experiment, 2);
    await post('runs/delete', { run_id: gone });
    const view = (run_view_type?: string) => search({ run_view_type }, [experiment]);
    expect((await view()).names).toEqual(['r2']);
    expect((await view('DELETED_ONLY')).names).toEqual(['r1']);
    expect((await view('ALL')).names).toEqual(['r2', 'r1']);
  });

  it('ends a page early rather than answer with more than API Gateway lets through', async () => {
    const experiment = (await post('experiments/create', { name: 'large' })).experiment_id as string;
    for (let i = 0; i < 16; i++) {
      const { run } = await post('runs/create', {
        experiment_id: experiment,
        run_name: `r${i}`,
        start_time: i,
      });
      await post('runs/log-batch', {
        run_id: run.info.run_id,
        params: Array.from({ length: 50 }, (_param, k) => ({ key: `p${k}`, value: 'x'.repeat(6000) })),
      });
    }
    for (const order_by of [[], ['run_name']]) {
      const first = await search({ order_by }, [experiment]);
      expect(first.names.length).toBeGreaterThan(5);
      expect(first.names.length).toBeLessThan(16);
      expect(await walk({ order_by }, [experiment])).toHaveLength(16);
    }
  });

  it('is refused for what it does not understand', async () => {
    for (const body of [
      { max_results: 0 },
      { max_results: 50_001 },
      { page_token: 'nonsense!' },
      { order_by: ['what.x'] },
      { filter: 'nonsense' },
      { run_view_type: true },
    ])
      expect(await request('POST', 'runs/search', { experiment_ids: [here], ...body })).toMatchObject({
        status: 400,
        ...refusal('INVALID_PARAMETER_VALUE', /./),
      });
  });
});
