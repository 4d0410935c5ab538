import {
  bool,
  double,
  enumeration,
  int64,
  list,
  message,
  required,
  string,
  withDefault,
} from '../../lib/mlflow/wire/fields';
import { toJson } from '../../lib/mlflow/wire/json';
import { queryMessage, readMessage } from '../../lib/mlflow/wire/read-message';
import { pageOf, readPageToken } from '../../lib/mlflow/page-token';

const SEE = 'See the API docs for more information about request parameters.';

describe('a request', () => {
  const fields = {
    run_id: required(string),
    count: int64,
    value: double,
    flag: bool,
    view: enumeration({ ACTIVE_ONLY: 1, ALL: 3 }),
    step: withDefault(int64, 0),
    tags: list(message({ key: required(string), value: string })),
  };
  const read = (source: Record<string, unknown>) => readMessage(fields, { run_id: 'r', ...source });

  it('is read by its fields; what is absent has its default, what is unknown is left out', () => {
    expect(read({ other: 1 })).toEqual({ run_id: 'r', step: 0, tags: [] });
    expect(read({ step: null })).toMatchObject({ step: 0 });
  });

  it('takes run_uuid for run_id, and names in camel case', () => {
    expect(readMessage(fields, { run_uuid: 'old' }).run_id).toBe('old');
    expect(readMessage(fields, { runId: 'camel' }).run_id).toBe('camel');
  });

  it.each([
    ['count', '-12', -12],
    ['count', 1_700_000_000_000, 1_700_000_000_000],
    ['value', 'NaN', Number.NaN],
    ['value', '-Infinity', -Infinity],
    ['value', '1e3', 1000],
    ['view', 'ALL', 'ALL'],
    ['view', 1, 'ACTIVE_ONLY'],
    ['view', '3', 'ALL'],
  ])('reads %s %p', (name, given, wanted) => {
    expect(read({ [name]: given })).toMatchObject({ [name]: wanted });
  });

  it.each([
    [{ run_id: '' }, `Missing value for required parameter 'run_id'. ${SEE}`],
    [
      { run_id: 5 },
      `Invalid value 5 for parameter 'run_id' supplied:  Hint: Value was of type 'int'. ${SEE}`,
    ],
    [
      { count: 1.5 },
      `Invalid value 1.5 for parameter 'count' supplied:  Hint: Value was of type 'float'. ${SEE}`,
    ],
    [
      { count: 'x' },
      `Invalid value "x" for parameter 'count' supplied:  Hint: Value was of type 'str'. ${SEE}`,
    ],
    [
      { value: true },
      `Invalid value true for parameter 'value' supplied:  Hint: Value was of type 'bool'. ${SEE}`,
    ],
    [
      { flag: 'yes' },
      `Invalid value "yes" for parameter 'flag' supplied:  Hint: Value was of type 'str'. ${SEE}`,
    ],
    [{ view: true }, /^Invalid value true for parameter 'view' supplied/],
    [{ tags: {} }, `Invalid value {} for parameter 'tags' supplied:  Hint: Value was of type 'dict'. ${SEE}`],
    [{ tags: [{ value: 'v' }] }, `Missing value for required parameter 'tags[0].key'. ${SEE}`],
    [{ tags: [{ key: 'a' }, { key: 1 }] }, /^Invalid value 1 for parameter 'tags\[1\].key'/],
  ])('refuses %j in the words of MLflow', (source, text) => {
    expect(() => read(source)).toThrow(text);
  });

  it('takes names that it does not know for absent, as they may be of a later version', () => {
    expect(read({ view: 'SOMETHING' })).toMatchObject({ view: undefined });
    expect(() => readMessage({ view: required(fields.view) }, { view: 'SOMETHING' })).toThrow(
      /^Missing value/,
    );
  });

  it('in a query string has lists by repetition, and truth values as words', () => {
    const source = queryMessage(fields, { run_id: ['a'], flag: ['True'], tags: ['x', 'y'] });
    expect(source).toEqual({ run_id: 'a', flag: true, tags: ['x', 'y'] });
    expect(() => queryMessage(fields, { flag: ['1'] })).toThrow(
      "Invalid boolean value: 1, must be 'true' or 'false'.",
    );
  });
});

describe('an answer', () => {
  it('leaves out what is absent and empty lists, and writes as text the numbers that JSON lacks', () => {
    expect(toJson({ a: undefined, b: [], c: [{ v: Number.NaN }, { v: -Infinity }], d: 0, e: '' })).toBe(
      '{"c":[{"v":"NaN"},{"v":"-Infinity"}],"d":0,"e":""}',
    );
  });
});

describe('page tokens', () => {
  it('lead through a list to its end', () => {
    const all = [1, 2, 3, 4, 5];
    const first = pageOf(all, 2, undefined);
    const second = pageOf(all, 2, first.next);
    const third = pageOf(all, 2, second.next);
    expect([first.page, second.page, third.page, third.next]).toEqual([[1, 2], [3, 4], [5], undefined]);
  });

  it.each([
    'nonsense!',
    'abcd',
    Buffer.from('5').toString('base64'),
    Buffer.from('{"offset":-1}').toString('base64'),
  ])('refuse %s', (text) => {
    expect(() => readPageToken(text)).toThrow(/^Invalid page token/);
  });
});
