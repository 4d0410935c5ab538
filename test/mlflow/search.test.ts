import fc from 'fast-check';
import { EXPERIMENTS, LOGGED_MODELS, MODEL_VERSIONS, RUNS } from '../../lib/mlflow/search/grammar';
import { isLike, matcher, type Reading } from '../../lib/mlflow/search/matches';
import { comparing } from '../../lib/mlflow/search/order';
import type { Field } from '../../lib/mlflow/search/conditions';
import { parseFilter, parseOrderBy } from '../../lib/mlflow/search/parse';

describe('a filter', () => {
  const clause = (filter: string) => parseFilter(RUNS, filter)[0];

  it.each([
    ['metrics.acc > 0.5', 'metric', 'acc', '>', 0.5],
    ['metric.loss<=-1.5e-3', 'metric', 'loss', '<=', -0.0015],
    ["params.depth = '3'", 'parameter', 'depth', '=', '3'],
    ['parameters.a.b != "x y"', 'parameter', 'a.b', '!=', 'x y'],
    ["tags.`mlflow.user` ILIKE '%x'", 'tag', 'mlflow.user', 'ILIKE', '%x'],
    ['tag."with space" = \'it\'', 'tag', 'with space', '=', 'it'],
    ["tags.a/b-c:d like 'x'", 'tag', 'a/b-c:d', 'LIKE', 'x'],
    ["status = 'RUNNING'", 'attribute', 'status', '=', 'RUNNING'],
    ["attr.`run name` = 'a'", 'attribute', 'run_name', '=', 'a'],
    ['Created >= 5', 'attribute', 'start_time', '>=', 5],
    ['run.run_id not in (\'a\', "b")', 'attribute', 'run_id', 'NOT IN', ['a', 'b']],
    ["datasets.digest IN ('x')", 'dataset', 'digest', 'IN', ['x']],
    ['tags.a is null', 'tag', 'a', 'IS NULL', null],
    ['params.a IS NOT NULL', 'parameter', 'a', 'IS NOT NULL', null],
    ['params.q = "it\'s"', 'parameter', 'q', '=', "it's"],
    ["params.q = ''", 'parameter', 'q', '=', ''],
  ])('reads %s', (filter, entity, key, comparator, value) => {
    expect(clause(filter)).toEqual({ entity, key, comparator, value });
  });

  it('joins clauses by AND in any case, with any white space', () => {
    const filter = "metrics.a>1 and\n\tparams.b='AND'  AND tags.and = 'x'";
    expect(parseFilter(RUNS, filter).map(({ key }) => key)).toEqual(['a', 'b', 'and']);
    expect(parseFilter(RUNS, '  ')).toEqual([]);
  });

  it.each([
    ["metrics.a > '1'", "Expected numeric value type for metric. Found '1'"],
    ['params.a = 3', "Expected a quoted string value for parameter (e.g. 'my-value'). Got value 3"],
    [
      "params.a > '3'",
      "Invalid comparator '>' not one of ['=', '!=', 'LIKE', 'ILIKE', 'IS NULL', 'IS NOT NULL'] for parameter 'a'",
    ],
    [
      "what.a = '3'",
      "Invalid entity type 'what'. Valid values are ['metric', 'parameter', 'tag', 'dataset', 'attribute']",
    ],
    [
      "nothing = '3'",
      "Invalid attribute key 'nothing' specified. Valid keys are ['run_id', 'run_name', 'user_id', 'status', 'artifact_uri', 'start_time', 'end_time']",
    ],
    ["status IN ('RUNNING')", /^Invalid comparator 'IN' not one of/],
    [
      "start_time = 'yesterday'",
      "Expected numeric value type for numeric attribute: start_time. Found 'yesterday'",
    ],
    ["params.a = '1' OR params.b = '2'", /^Invalid clause\(s\) in filter string: 'OR params.b = '2''/],
    ["(params.a = '1')", /^Invalid comparison clause. Expected 'Identifier' found/],
    ["params.a = '1'; params.b = '2'", /^Invalid clause\(s\) in filter string/],
    ["params.a '1'", /^Invalid comparison clause. Expected comparison found/],
    ["params.a = '1' AND", /^Invalid comparison clause. Expected 'Identifier' found/],
    ["params.a = 'open", /^Invalid filter string: the quote at 11 has no end/],
    ['run_id IN ()', /^While parsing a list in the query/],
    ["run_id IN ('a' 'b')", /^While parsing a list in the query/],
    ['run_id IN (1)', /^While parsing a list in the query/],
    ["tags.a IS 'x'", /^Invalid comparison clause. Expected comparison/],
  ])('refuses %s', (filter, message) => {
    expect(() => parseFilter(RUNS, filter)).toThrow(message);
  });

  it('knows what each kind of thing has', () => {
    expect(parseFilter(EXPERIMENTS, "name LIKE 'a%' AND creation_time > 5 AND tags.x IS NULL")).toHaveLength(
      3,
    );
    expect(parseFilter(MODEL_VERSIONS, "run_id IN ('a') AND version_number >= 2")).toHaveLength(2);
    expect(parseFilter(LOGGED_MODELS, "name IN ('a') AND metrics.m > 1")).toHaveLength(2);
    expect(() => parseFilter(EXPERIMENTS, 'metrics.a > 1')).toThrow(/Invalid entity type/);
    expect(() => parseFilter(EXPERIMENTS, "experiment_id = '1'")).toThrow(/only be sorted by/);
  });

  it('never fails otherwise than by a refusal, whatever is written', () => {
    const parts = fc.constantFrom(
      'metrics.a',
      'tags.`x',
      '=',
      '>',
      "'v'",
      '(',
      ',',
      'AND',
      'NOT',
      'IN',
      'IS',
      'NULL',
      '1',
      '-',
      '.',
      '"',
      ';',
    );
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.array(parts).map((all) => all.join(' ')),
        ),
        (filter) => {
          try {
            parseFilter(RUNS, filter);
          } catch (error) {
            expect(error).toMatchObject({ code: 'INVALID_PARAMETER_VALUE' });
          }
        },
      ),
      { numRuns: 1000 },
    );
  });

  it('takes every key and value that can be quoted', () => {
    fc.assert(
      fc.property(
        fc.string({ minLength: 1 }).filter((key) => !key.includes('`')),
        fc.string().filter((value) => !value.includes("'")),
        (key, value) => {
          expect(clause(`params.\`${key}\` = '${value}'`)).toMatchObject({ entity: 'parameter', key, value });
        },
      ),
    );
  });
});

describe('matching', () => {
  type Thing = Readonly<Record<string, Reading>>;
  const read = (thing: Thing, { key }: Field) => thing[key];
  const holds = (filter: string, thing: Thing) => matcher(parseFilter(RUNS, filter), read)(thing);

  it('needs a value for everything but IS NULL', () => {
    expect(holds("params.a != 'x'", {})).toBe(false);
    expect(holds("run_id NOT IN ('x')", {})).toBe(false);
    expect(holds('params.a IS NULL', {})).toBe(true);
    expect(holds('params.a IS NOT NULL', { a: '' })).toBe(true);
  });

  it('takes NaN as a value that no number equals, and none is above or below', () => {
    expect(holds('metrics.a = 1', { a: Number.NaN })).toBe(false);
    expect(holds('metrics.a != 1', { a: Number.NaN })).toBe(true);
    expect(holds('metrics.a >= 1', { a: Number.NaN })).toBe(false);
  });

  it('is content with one of several values', () => {
    expect(holds("datasets.name = 'b'", { name: ['a', 'b'] })).toBe(true);
    expect(holds("datasets.name = 'b'", { name: [] })).toBe(false);
  });

  it('LIKE takes % for any text and _ for one character, as a regular expression would', () => {
    const char = fc.constantFrom('a', 'b', '%', '_', '.', '\n');
    fc.assert(
      fc.property(fc.array(char, { maxLength: 8 }), fc.array(char, { maxLength: 6 }), (text, pattern) => {
        const source = pattern
          .map((c) => (c === '%' ? '.*' : c === '_' ? '.' : c === '.' ? String.raw`\.` : c))
          .join('');
        expect(isLike(text.join(''), pattern.join(''))).toBe(
          new RegExp(`^${source}$`, 's').test(text.join('')),
        );
      }),
      { numRuns: 2000 },
    );
  });

  it('ends soon for a hostile pattern', () => {
    expect(isLike('a'.repeat(5000), `${'%a'.repeat(200)}b`)).toBe(false);
  });
});

describe('order_by', () => {
  const read = (thing: Readonly<Record<string, string | number | undefined>>, { key }: Field) => thing[key];
  const sorted = (things: readonly Record<string, string | number | undefined>[], ...clauses: string[]) =>
    [...things].sort(comparing(parseOrderBy(RUNS, clauses), read, () => 0)).map((thing) => thing['a']);

  it('puts values first, then NaN, then what is missing, in both directions', () => {
    const things = [{ a: undefined }, { a: Number.NaN }, { a: 1 }, { a: Infinity }, { a: -1 }];
    expect(sorted(things, 'metrics.a')).toEqual([-1, 1, Infinity, Number.NaN, undefined]);
    expect(sorted(things, 'metrics.a DESC')).toEqual([Infinity, 1, -1, Number.NaN, undefined]);
  });

  it('sorts params as text and goes on to the next field', () => {
    const things = [
      { a: '9', b: 1 },
      { a: '10', b: 1 },
      { a: '1', b: 0 },
    ];
    expect(sorted(things, 'metrics.b asc', 'params.a')).toEqual(['1', '10', '9']);
  });

  it.each([
    ['params.a UP', /^Invalid order_by clause 'params.a UP'. Could not be parsed.$/],
    ['', /^Invalid order_by clause ''/],
    ['datasets.name', /^Invalid order_by entity type 'dataset'/],
    ['nothing', /^Invalid attribute key 'nothing'/],
  ])('refuses %p', (text, message) => {
    expect(() => parseOrderBy(RUNS, [text])).toThrow(message);
  });

  it('refuses a field that stands twice', () => {
    expect(() => parseOrderBy(RUNS, ['start_time', 'attributes.start_time DESC'])).toThrow(
      /duplicate fields/,
    );
  });
});
