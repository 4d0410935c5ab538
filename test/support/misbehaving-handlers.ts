/** Files of a project whose pipeline `unruly` has a task for each way in which a handler can go wrong. */
const BODIES = {
  throws: `throw new RangeError('The cup is empty.');`,
  'throws-a-text': `throw 'no error at all';`,
  hangs: `await new Promise(() => {});`,
  spins: `for (;;) {}`,
  exits: `process.exit(3);`,
  'breaks-its-contract': `return { rows: 'many' } as never;`,
  'returns-nothing': `return undefined as never;`,
  'prints-a-megabyte': `for (let i = 0; i < 3000; i++) console.log(String(i).padStart(8, '0') + 'x'.repeat(1000)); return { rows: 1 };`,
} as const;

export type Misbehaviour = keyof typeof BODIES;
const NAMES = Object.keys(BODIES) as Misbehaviour[];

const contract = (name: Misbehaviour) => `import { contract, z } from '../../lib';
export default contract({
  name: '${name}',
  summary: 'Goes wrong.',
  input: z.object({ after: z.number().optional() }),
  output: z.object({ rows: z.int() }),
  timeoutSeconds: 3,
});
`;

const handler = (body: string) => `import { taskHandler } from '../../lib/runtime/task-handler';
import contract from './contract';
export const handler = taskHandler(contract, async () => {
  ${body}
});
`;

const identifier = (name: string) => name.replaceAll('-', '_');

const PIPELINE = `import { pipeline, task } from '../lib';
${NAMES.map((name) => `import ${identifier(name)} from '../lambdas/${name}/contract';`).join('\n')}

export default pipeline({ id: 'unruly', description: 'Everything goes wrong.' }, () => {
${NAMES.map((name) => `  const of_${identifier(name)} = task(${identifier(name)})('${name}', {});`).join('\n')}
  task(throws)('after-it', { after: of_throws.rows });
});
`;

export const HANDLERS: Readonly<Record<string, string>> = {
  'pipelines/unruly.ts': PIPELINE,
  ...Object.fromEntries(
    NAMES.flatMap((name) => [
      [`lambdas/${name}/contract.ts`, contract(name)],
      [`lambdas/${name}/handler.ts`, handler(BODIES[name])],
    ]),
  ),
};
