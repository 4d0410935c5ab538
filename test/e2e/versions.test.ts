/** A pipeline that changes: what new runs take, what old ones keep, and settings that change without a deployment. */
import { createServer, type Server } from 'node:http';
import type { RunView } from '../../lib/cli/run-view';
import type { VariableView } from '../../lib/cli/variable-queries';
import type { VersionView } from '../../lib/cli/version-queries';
import { millraceIn } from '../support/millrace';
import { temporaryProject } from '../support/temporary-project';

const CONTRACT = `import { connection, contract, variable, z } from '../../lib';
export const factor = variable('factor', z.number().int(), { default: 2, summary: 'By what is multiplied.' });
export const crm = connection('crm', 'http');
export default contract({
  name: 'multiply',
  summary: 'Multiplies what a service says.',
  input: z.object({ n: z.number() }),
  output: z.object({ n: z.number(), code: z.string() }),
  uses: { variables: [factor], connections: [crm] },
});
`;
const handler = (code: string) => `import { openHttp } from '../../lib/connections/http';
import { taskHandler } from '../../lib/runtime/task-handler';
import contract, { crm, factor } from './contract';
export const handler = taskHandler(contract, async ({ n }, context) => {
  const client = await openHttp(context, crm);
  const base = Number((await client.get('base')).text);
  return { n: n * base * (await context.variable(factor)), code: '${code}' };
});
`;
const PIPELINE = `import { pipeline, task } from '../lib';
import contract from '../lambdas/multiply/contract';
const multiply = task(contract);
export default pipeline({ id: 'changing', description: 'Changes.' }, () => {
  const made = multiply('made', { n: 3 });
  return { number: made.n, by: made.code };
});
`;

describe('versions and settings', () => {
  const project = temporaryProject({
    'pipelines/changing.ts': PIPELINE,
    'lambdas/multiply/contract.ts': CONTRACT,
    'lambdas/multiply/handler.ts': handler('first'),
  });
  const millrace = millraceIn(project.root, project.state);
  let server: Server;
  let base: string;

  beforeAll(async () => {
    server = createServer((request, response) =>
      response.end(request.headers.authorization === 'Bearer sesame' ? '10' : 'who?'),
    );
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const address = server.address();
    base = `http://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}/`;
  });
  afterAll(async () => {
    await new Promise((resolve) => server.close(resolve));
    project.remove();
  });
  const run = async () => (await millrace.json('run', 'changing')).value as RunView;

  it('fail with the command that sets what is missing, which works before anything has run', async () => {
    const set = await millrace.json('variables', 'set', 'factor', '5');
    expect(await millrace.json('variables', 'test', 'factor')).toMatchObject({
      code: 0,
      value: [{ name: 'factor' }],
    });
    expect(set.value).toMatchObject({ name: 'factor', state: 'set', usedBy: ['changing/made'] });
    const failed = await run();
    expect(failed.tasks[0]?.error?.message).toContain('millrace connections set crm http');
  }, 180_000);

  it('take a connection whose secret is never shown, and refuse what does not fit', async () => {
    project.write('token', 'sesame\n');
    const plain = await millrace.refused(
      'connections',
      'set',
      'crm',
      'http',
      `baseUrl=${base}`,
      'token=sesame',
    );
    expect(plain).toMatchObject({
      code: 2,
      error: { message: expect.stringContaining('secret') as unknown },
    });
    const token = `token=@${project.root}/token`;
    expect((await millrace('connections', 'set', 'crm', 'http', `baseUrl=${base}`, token)).code).toBe(0);
    const { value } = await millrace.json('connections', 'list');
    expect(value).toMatchObject([
      { name: 'crm', to: 'http', state: 'set', usedBy: ['changing/made'], settings: { token: '•••' } },
    ]);
    expect(JSON.stringify(value)).not.toContain('sesame');
    expect((await millrace.json('connections', 'test', 'crm')).value).toMatchObject({ ok: true });
    expect(await millrace.refused('variables', 'set', 'factor', 'lots')).toMatchObject({ code: 2 });
  }, 180_000);

  it('return a value, and keep a version for each change of code', async () => {
    expect(await run()).toMatchObject({
      status: 'success',
      version: 1,
      result: { number: 150, by: 'first' },
    });
    project.write('lambdas/multiply/handler.ts', handler('second'));
    expect(await run()).toMatchObject({ version: 2, result: { by: 'second' } });
  }, 180_000);

  it('roll back to the code of then, also where the working copy is deployed again', async () => {
    const { value } = await millrace.json('rollback', 'changing', '--why', 'wrong');
    expect(value).toEqual({ from: 2, to: 1 });
    const versions = (await millrace.json('versions', 'changing')).value as VersionView[];
    expect(versions.map(({ number, live }) => [number, live])).toEqual([
      [2, false],
      [1, true],
    ]);
    await millrace('variables', 'delete', 'factor');
    expect((await millrace.json('variables', 'list')).value as VariableView[]).toMatchObject([
      { name: 'factor', value: '2', state: 'default', type: 'integer' },
    ]);
    expect(await run()).toMatchObject({ version: 1, result: { number: 60, by: 'first' } });
  }, 180_000);
});
