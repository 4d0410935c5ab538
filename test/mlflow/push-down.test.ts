/** What the table leaves out of a search never changes what is found. */
import fc from 'fast-check';
import { RUNS } from '../../lib/mlflow/search/grammar';
import { parseConditions } from '../../lib/mlflow/search/parse';
import { selectionOf } from '../../lib/mlflow/search/push-down';
import { startLocalAws, type LocalAws } from '../support/local-aws';
import { post } from '../support/mlflow-api';

it.each([
  ["params.depth = '3'", '#f0.#f1 = :f0'],
  ['tags.a IS NULL AND tags.b IS NOT NULL', 'attribute_not_exists(#f0.#f1) AND attribute_exists(#f0.#f2)'],
  ["params.a != '3'", 'attribute_exists(#f0.#f1)'],
  ["tags.a LIKE 'run-%'", 'begins_with(#f0.#f1, :f0)'],
  ["tags.a ILIKE 'run-%'", 'attribute_exists(#f0.#f1)'],
  ["tags.a LIKE '%x'", 'attribute_exists(#f0.#f1)'],
  ["run_id IN ('a', 'b')", '#f0 IN (:f0, :f1)'],
  ['metrics.loss > 0.5', 'attribute_exists(#f0.#f1)'],
  ["params.a = '1' OR params.b = '2'", undefined],
  ["params.c = '3' AND (params.a = '1' OR params.b = '2')", '#f0.#f1 = :f0'],
  ["user_id = 'ann' AND start_time > 5 AND datasets.name = 'd'", undefined],
])('%s lets the table look for %s', (filter, expected) => {
  expect(selectionOf(parseConditions(RUNS, filter, true), undefined).filter).toBe(expected);
});

it('reads what is asked for besides what every search needs', () => {
  const { attributes, names } = selectionOf(
    [],
    [
      { entity: 'metric', key: 'a.b' },
      { entity: 'attribute', key: 'user_id' },
    ],
  );
  const paths = attributes?.map((path) =>
    path
      .split('.')
      .map((part) => names[part])
      .join(' > '),
  );
  expect(paths).toEqual([
    'runId',
    'startTime',
    'lifecycleStage',
    'deletedAt',
    'm > a.b > v',
    'userId',
    't > mlflow.user',
  ]);
});

describe('with runs', () => {
  let aws: LocalAws;
  let experiment_id: string;
  let names: readonly string[];
  beforeAll(async () => {
    aws = await startLocalAws();
    ({ experiment_id } = await post('experiments/create', { name: 'push-down' }));
    names = Array.from({ length: 12 }, (_run, i) => `run ${i}`);
    for (const [i, run_name] of names.entries()) {
      const { run } = await post('runs/create', {
        experiment_id,
        run_name,
        start_time: i,
        user_id: `u${i % 2}`,
      });
      const { run_id } = run.info;
      await post('runs/log-batch', {
        run_id,
        metrics: i % 3 === 0 ? [] : [{ key: 'm', value: i === 4 ? 'NaN' : i / 2, timestamp: 1 }],
        params: [{ key: 'p', value: `v${i % 4}` }],
        tags: i % 5 === 0 ? [] : [{ key: 't', value: `tag ${i}` }],
      });
    }
    process.env['MILLRACE_MLFLOW_OR_FILTERS'] = 'true';
  });
  afterAll(async () => aws.stop());

  const search = async (filter: string, order_by: readonly string[], max_results = 100) => {
    const found: string[] = [];
    let page_token: string | undefined;
    do {
      const page = await post('runs/search', {
        experiment_ids: [experiment_id],
        filter,
        order_by,
        max_results,
        ...(page_token === undefined ? {} : { page_token }),
      });
      found.push(...(page.runs ?? []).map((run: { info: { run_name: string } }) => run.info.run_name));
      page_token = page.next_page_token;
    } while (page_token !== undefined);
    return found;
  };

  it('finds what is found without the table, in every order and page size', async () => {
    const clause = fc.constantFrom(
      'metrics.m > 2',
      'metrics.m != 1',
      "params.p = 'v1'",
      "params.p != 'v1'",
      "params.p LIKE 'v%'",
      "tags.t LIKE 'tag 1%'",
      'tags.t IS NULL',
      'tags.t IS NOT NULL',
      "tags.t ILIKE 'TAG 1'",
      "run_name LIKE 'run 1%'",
      "user_id = 'u1'",
      'start_time >= 6',
      "status = 'RUNNING'",
    );
    const order = fc.constantFrom(
      ['metrics.m DESC'],
      ['params.p', 'tags.t DESC'],
      ['user_id', 'run_name'],
      [],
    );
    await fc.assert(
      fc.asyncProperty(fc.array(clause, { minLength: 1, maxLength: 3 }), order, async (clauses, order_by) => {
        const filter = clauses.join(' AND ');
        // In an OR nothing is sure of one part alone, so that the table leaves nothing out.
        const expected = await search(`(${filter}) OR params.none = 'x'`, order_by);
        expect(await search(filter, order_by, 3)).toEqual(expected);
      }),
      { numRuns: 40 },
    );
  });

  it('answers with whole runs', async () => {
    const asked = { experiment_ids: [experiment_id], filter: "tags.t = 'tag 7'", order_by: ['metrics.m'] };
    const { runs } = await post('runs/search', asked);
    expect(runs).toMatchObject([
      {
        info: { run_name: 'run 7', user_id: 'u1', status: 'RUNNING', start_time: 7 },
        data: { metrics: [{ key: 'm', value: 3.5 }], params: [{ key: 'p', value: 'v3' }] },
      },
    ]);
  });
});
