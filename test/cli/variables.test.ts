/** `millrace variables test`: what tasks would find where they look for their variables. */
import { z } from 'zod';
import { writeParameter } from '../../lib/aws/parameters';
import type { Connection } from '../../lib/cli/connect';
import { testVariables } from '../../lib/cli/variable-queries';
import { variablePlace } from '../../lib/connections/places';
import { startLocalAws, type LocalAws } from '../support/local-aws';

const used = (name: string, schema: z.ZodType, fallback?: unknown) => [
  name,
  {
    used: {
      name,
      schema: z.toJSONSchema(schema),
      ...(fallback === undefined ? {} : { default: fallback }),
    },
    by: ['shop/load'],
  },
];
jest.mock('../../lib/cli/declared-uses', () => ({
  declaredUses: () => ({
    variables: new Map([
      used('folder', z.string()),
      used('factor', z.int(), 2),
      used('level', z.enum(['low', 'high'])),
      used('limit', z.number()),
    ] as never),
  }),
}));

let aws: LocalAws;
beforeAll(async () => {
  aws = await startLocalAws();
  for (const [name, value] of [
    ['folder', 'in/'],
    ['level', 'middle'],
    ['stray', '7'],
  ] as const)
    await writeParameter(variablePlace('test', name), value, { secret: false, description: name });
});
afterAll(async () => aws.stop());
const connection = { stage: 'test', project: {} } as Connection;

it('says of each whether there is a value that fits', async () => {
  expect(await testVariables(connection)).toEqual([
    { name: 'factor' },
    { name: 'folder' },
    { name: 'level', fault: expect.stringMatching(/^it is no low \| high: .*low/) as string },
    { name: 'limit', fault: 'it is not set, and shop/load would fail' },
    { name: 'stray' },
  ]);
});

it('of one alone, and refuses a name that nobody knows', async () => {
  expect(await testVariables(connection, 'factor')).toEqual([{ name: 'factor' }]);
  await expect(testVariables(connection, 'factr')).rejects.toThrow("'factr' is not set");
});
