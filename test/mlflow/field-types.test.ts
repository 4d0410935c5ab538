/** Every field of every endpoint, from its description: a value of another type is refused in MLflow's words. */
import { ENDPOINTS } from '../../lib/mlflow/router';
import type { Field, FieldKind, Fields } from '../../lib/mlflow/wire/fields';
import { startLocalAws, type LocalAws } from '../support/local-aws';
import { get, refusal, request } from '../support/mlflow-api';

let aws: LocalAws;
beforeAll(async () => {
  aws = await startLocalAws();
});
afterAll(async () => aws.stop());

const SEE = ' See the API docs for more information about request parameters.';

/** A value of the type, so that another field can be at fault. */
function valid(type: FieldKind): unknown {
  switch (type.kind) {
    case 'string':
      return '1';
    case 'bool':
      return true;
    case 'enum':
      return Object.keys(type.numbers)[0];
    case 'message':
      return requiredOf(type.fields);
    default:
      return 1;
  }
}

function requiredOf(fields: Fields): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(fields)
      .filter(([, field]) => field.required)
      .map(([name, { repeated, type }]) => [name, repeated ? [valid(type)] : valid(type)]),
  );
}

/** A value of another type, and how Python calls that. */
function wrong({ kind }: FieldKind): readonly [unknown, string] {
  if (kind === 'string') return [5, 'int'];
  if (kind === 'enum') return [99, 'int'];
  if (kind === 'message') return [5, 'int'];
  return [{}, 'dict'];
}

/** Bodies with one fault each, where it is and what is wrong. */
function faults(fields: Fields, at = ''): [Record<string, unknown>, string, unknown, string][] {
  return Object.entries(fields).flatMap(([name, field]) => {
    const path = at === '' ? name : `${at}.${name}`;
    return faultsOf(field, path).map(
      ([value, place, bad, type]) =>
        [{ ...requiredOf(fields), [name]: value }, place, bad, type] as [
          Record<string, unknown>,
          string,
          unknown,
          string,
        ],
    );
  });
}

function faultsOf({ type, repeated }: Field<unknown>, path: string): [unknown, string, unknown, string][] {
  const [bad, called] = wrong(type);
  const inside = (place: string): [unknown, string, unknown, string][] =>
    type.kind === 'message' ? faults(type.fields, place) : [];
  if (!repeated) return [[bad, path, bad, called], ...inside(path)];
  return [
    ['x', path, 'x', 'str'],
    [[valid(type), bad], `${path}[1]`, bad, called],
    ...inside(`${path}[0]`).map(
      ([value, place, wrongValue, wrongType]) =>
        [[value], place, wrongValue, wrongType] as [unknown, string, unknown, string],
    ),
  ];
}

const cases = ENDPOINTS.flatMap(({ method, path, fields }) =>
  [method]
    .flat()
    .filter((one) => one !== 'GET')
    .flatMap((one) =>
      faults(Object.fromEntries(Object.entries(fields).filter(([name]) => !path.includes(`{${name}}`)))).map(
        ([body, place, bad, type]) => ({ method: one, path, body, place, bad, type }),
      ),
    ),
);

it('has many cases', () => expect(cases.length).toBeGreaterThan(150));

it.each(cases)('$method $path: $place is $bad', async ({ method, path, body, place, bad, type }) => {
  expect(await request(method, path.replace(/\{\w+\}/g, 'x'), body)).toMatchObject({
    status: 400,
    ...refusal(
      'INVALID_PARAMETER_VALUE',
      `Invalid value ${JSON.stringify(bad)} for parameter '${place}' supplied:  Hint: Value was of type '${type}'.${SEE}`,
    ),
  });
});

const numbers = ENDPOINTS.filter(({ method }) => [method].flat().includes('GET')).flatMap(
  ({ path, fields }) =>
    Object.entries(fields)
      .filter(([, { type }]) => type.kind === 'int64')
      .map(([name]) => ({ path, name, fields })),
);

it.each(numbers)('GET $path: $name is no number', async ({ path, name, fields }) => {
  const query = new URLSearchParams({ ...(requiredOf(fields) as Record<string, string>), [name]: 'many' });
  expect(await get(`${path.replace(/\{\w+\}/g, 'x')}?${query.toString()}`)).toMatchObject({
    status: 400,
    ...refusal(
      'INVALID_PARAMETER_VALUE',
      `Invalid value "many" for parameter '${name}' supplied:  Hint: Value was of type 'str'.${SEE}`,
    ),
  });
});
