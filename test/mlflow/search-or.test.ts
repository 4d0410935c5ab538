/** OR and parentheses in filters: refused in MLflow's words unless they are switched on. */
import fc from 'fast-check';
import { handleRequest } from '../../lib/mlflow/handle-request';
import { MlflowError } from '../../lib/mlflow/mlflow-error';
import { MODEL_VERSIONS, RUNS } from '../../lib/mlflow/search/grammar';
import { matcher } from '../../lib/mlflow/search/matches';
import type { Field } from '../../lib/mlflow/search/conditions';
import { parseConditions, parseFilter } from '../../lib/mlflow/search/parse';
import { withoutPrompts } from '../../lib/mlflow/endpoints/registry-rules';
import { startLocalAws, type LocalAws } from '../support/local-aws';
import { post, request } from '../support/mlflow-api';

type Thing = Readonly<Record<string, string>>;
const read = (thing: Thing, { key }: Field) => thing[key];
const holds = (filter: string, thing: Thing) => matcher(parseConditions(RUNS, filter, true), read)(thing);

it.each([
  ["params.a = '1' OR params.b = '2'", { a: '1' }, true],
  ["params.a = '1' OR params.b = '2'", { b: '2' }, true],
  ["params.a = '1' OR params.b = '2'", { a: '2', b: '1' }, false],
  ["params.a = '1' or params.b = '2' and params.c = '3'", { a: '1' }, true],
  ["params.a = '1' or params.b = '2' and params.c = '3'", { b: '2' }, false],
  ["(params.a = '1' OR params.b = '2') AND params.c = '3'", { a: '1' }, false],
  ["(params.a = '1' OR params.b = '2') AND params.c = '3'", { a: '1', c: '3' }, true],
  ["((params.a = '1'))", { a: '1' }, true],
  ["params.a IN_ 'x' OR", {}, undefined],
  ["params.a = '1' OR (params.b = '2' AND (params.c = '3' OR params.d IS NULL))", { b: '2', d: 'x' }, false],
  ["params.a = '1' OR (params.b = '2' AND (params.c = '3' OR params.d IS NULL))", { b: '2' }, true],
  ["tags.`or` = '(' OR params.x = 'AND'", { or: '(' }, true],
  ["run_id IN ('a', 'b') OR status = 'FAILED'", { run_id: 'b' }, true],
])('%s of %j: %s', (filter, thing, expected) => {
  if (expected === undefined) expect(() => holds(filter, thing)).toThrow(MlflowError);
  else expect(holds(filter, thing)).toBe(expected);
});

it.each([
  ["(params.a = '1'", /A parenthesis has no end/],
  ["params.a = '1')", /parentheses come in pairs/],
  ["params.a = '1' OR", /Expected 'Identifier' found ''/],
  ["OR params.a = '1'", /Invalid attribute key 'OR'/],
  ['()', /Expected 'Identifier' found '\)'/],
  ["params.a = '1' params.b = '2'", /joined by AND and OR/],
  [`${'('.repeat(60)}params.a = '1'${')'.repeat(60)}`, /nested more than 50 deep/],
])('refuses %s', (filter, message) => {
  expect(() => parseConditions(RUNS, filter, true)).toThrow(message);
});

it('means with AND alone what MLflow means', () => {
  const filter = "metrics.a > 1 and params.b = 'x' AND tags.c IS NULL";
  expect(parseConditions(RUNS, filter, true)).toEqual(parseFilter(RUNS, filter));
});

it('holds where the same filter over single clauses holds, whatever its shape', () => {
  type Tree = { readonly key: string } | { readonly op: 'AND' | 'OR'; readonly parts: readonly Tree[] };
  const { tree } = fc.letrec<{ tree: Tree }>((tie) => ({
    tree: fc.oneof(
      { maxDepth: 4 },
      fc.record({ key: fc.constantFrom('a', 'b', 'c') }),
      fc.record({
        op: fc.constantFrom('AND' as const, 'OR' as const),
        parts: fc.array(tie('tree'), { minLength: 1, maxLength: 3 }),
      }),
    ),
  }));
  const text = (node: Tree): string =>
    'key' in node ? `params.${node.key} = '1'` : `(${node.parts.map(text).join(` ${node.op} `)})`;
  const value = (node: Tree, thing: Thing): boolean =>
    'key' in node
      ? thing[node.key] === '1'
      : node.op === 'AND'
        ? node.parts.every((part) => value(part, thing))
        : node.parts.some((part) => value(part, thing));
  const thing = fc.record({
    a: fc.constantFrom('0', '1'),
    b: fc.constantFrom('0', '1'),
    c: fc.constantFrom('0', '1'),
  });
  fc.assert(fc.property(tree, thing, (node, one) => holds(text(node), one) === value(node, one)));
});

it('leaves prompts out unless the filter asks about them, wherever it does', () => {
  const isIn = (filter: string, tags: Thing) =>
    matcher(withoutPrompts(parseConditions(MODEL_VERSIONS, filter, true)), read)(tags);
  const prompt = { 'mlflow.prompt.is_prompt': 'true', x: '1' };
  expect(isIn("tags.x = '1' OR tags.y = '1'", prompt)).toBe(false);
  expect(isIn("tags.x = '1' OR tags.`mlflow.prompt.is_prompt` = 'true'", prompt)).toBe(true);
});

describe('over the API', () => {
  let aws: LocalAws;
  beforeAll(async () => {
    aws = await startLocalAws();
  });
  afterAll(async () => aws.stop());
  afterEach(() => delete process.env['MILLRACE_MLFLOW_OR_FILTERS']);

  const filter = "params.p = 'a' OR params.p = 'b'";

  it('is refused as MLflow refuses it, and answered where it is switched on', async () => {
    const { experiment_id } = await post('experiments/create', { name: 'or' });
    for (const value of ['a', 'b', 'c']) {
      const { run } = await post('runs/create', { experiment_id, run_name: value });
      await post('runs/log-parameter', { run_id: run.info.run_id, key: 'p', value });
    }
    const asked = { experiment_ids: [experiment_id], filter, order_by: ['run_name'] };
    expect((await request('POST', 'runs/search', asked)).json).toEqual({
      error_code: 'INVALID_PARAMETER_VALUE',
      message: `Invalid clause(s) in filter string: 'OR params.p = 'b'' in '${filter}'. Clauses are joined by AND.`,
    });
    process.env['MILLRACE_MLFLOW_OR_FILTERS'] = 'true';
    const { runs } = await post('runs/search', asked);
    expect(runs.map((run: { info: { run_name: string } }) => run.info.run_name)).toEqual(['a', 'b']);
  });

  it.each([
    ['POST', 'experiments/search', "name = 'or' OR name = 'x'"],
    ['GET', 'registered-models/search', "name = 'or' OR name = 'x'"],
    ['GET', 'model-versions/search', "name = 'or' OR run_id = 'x'"],
    ['POST', 'logged-models/search', "name = 'or' OR (status = 'READY')"],
  ])('%s %s', async (method, path, text) => {
    const ask = async (orFilters: boolean) =>
      handleRequest(
        {
          method,
          path: `/api/2.0/mlflow/${path}`,
          query: method === 'GET' ? { filter: [text] } : {},
          headers: {},
          body: Buffer.from(method === 'GET' ? '' : JSON.stringify({ filter: text })),
        },
        { orFilters },
      );
    expect((await ask(false)).status).toBe(400);
    expect((await ask(true)).status).toBe(200);
  });
});
