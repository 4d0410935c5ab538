/** Parts of stored items are what a whole reading would find there, whatever they hold and however they are written. */
import fc from 'fast-check';
import { itemSize, type AttributeValue, type Item } from '../../lib/local/dynamodb/attribute-value';
import { valueAt } from '../../lib/local/dynamodb/evaluate';
import { partReader } from '../../lib/local/dynamodb/stored-item';

const stored = (item: Item) => Buffer.from(JSON.stringify(item));
/** Few names, so that paths meet them; quotes, controls, halves of pairs and signs of several bytes among them. */
const name = fc.oneof(
  fc.constantFrom('m', 'p', 'a"b', 'back\\slash', 'ö', '😀', '\ud800', '\u0001', '', 'S', 'M'),
  fc.string({ unit: 'binary' }).filter((text) => text !== '__proto__'),
);
const text = fc.oneof(fc.string({ unit: 'binary' }), fc.constantFrom('\n"\\', '\udfff x', '{"S":"no"}'));
const base64 = fc.uint8Array({ maxLength: 9 }).map((bytes) => Buffer.from(bytes).toString('base64'));
const number = fc.double({ noNaN: true, noDefaultInfinity: true }).map(String);
const { item } = fc.letrec<{ item: Item; value: AttributeValue }>((tie) => ({
  value: fc.oneof(
    { depthSize: 'small' },
    text.map((S) => ({ S })),
    number.map((N) => ({ N })),
    base64.map((B) => ({ B })),
    fc.boolean().map((BOOL) => ({ BOOL })),
    fc.constant({ NULL: true }),
    fc.array(text, { maxLength: 3 }).map((SS) => ({ SS })),
    fc.array(number, { maxLength: 3 }).map((NS) => ({ NS })),
    fc.array(base64, { maxLength: 3 }).map((BS) => ({ BS })),
    fc.array(tie('value'), { maxLength: 3 }).map((L) => ({ L })),
    tie('item').map((M) => ({ M })),
  ),
  item: fc.dictionary(name, tie('value'), { maxKeys: 5 }),
}));
const paths = fc.array(fc.array(fc.oneof(name, fc.nat(2)), { minLength: 1, maxLength: 3 }), { maxLength: 4 });

it('has at each place what the item has there, and its whole size', () => {
  fc.assert(
    fc.property(item, paths, (whole, wanted) => {
      const asked = wanted.filter(([first]) => typeof first === 'string');
      const parts = partReader(asked)(stored(whole));
      expect(parts?.size).toBe(itemSize(whole));
      for (const path of asked) expect(valueAt(parts?.item ?? {}, path)).toEqual(valueAt(whole, path));
    }),
    { numRuns: 200 },
  );
});

it('leaves out what was not asked for', () => {
  const whole: Item = {
    pk: { S: 'a' },
    p: { M: { x: { S: '1' }, y: { S: '2' } } },
    l: { L: [{ N: '1' }, { N: '2' }] },
    t: { S: 'long' },
  };
  const read = (...asked: (string | number)[][]) => partReader(asked)(stored(whole))?.item;
  expect(read(['pk'], ['p', 'x'], ['none'])).toEqual({ pk: { S: 'a' }, p: { M: { x: { S: '1' } } } });
  expect(read(['l', 1])).toEqual({ l: { L: [{ N: '1' }, { N: '2' }] } });
  expect(read(['t', 'x'], ['p', 'x', 'y'])).toEqual({ p: { M: {} } });
  expect(read()).toEqual({});
});

it.each([
  '{"a": {"S":"1"}}',
  '{"a":{"S":"1"}',
  '{"a":{"S":"1"}} ',
  '{"a":{"S":"1',
  '{"a":{"X":"1"}}',
  '{"a":{"S":1}}',
  '[]',
  '',
])('says that it cannot tell of %j', (json) => {
  expect(partReader([['a']])(Buffer.from(json))).toBeUndefined();
});
