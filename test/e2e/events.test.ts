/** What is told on the bus of the stage: to people, and to pipelines that wait for datasets. Every command is a process of its own. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { OutboxEntry } from '../../lib/orchestration/alerts/outbox';
import type { RunListing } from '../../lib/orchestration/run-record';
import { millraceIn } from '../support/millrace';
import { temporaryProject } from '../support/temporary-project';

const CONTRACT = `import { contract, z } from '../../lib';
export default contract({
  name: 'step',
  summary: 'Fails as often as it is told.',
  input: z.object({ failures: z.number() }),
  output: z.object({ n: z.number() }),
});
`;
const HANDLER = `import { taskHandler } from '../../lib/runtime/task-handler';
import contract from './contract';
class Hiccup extends Error { override readonly name = 'Hiccup'; }
export const handler = taskHandler(contract, async ({ failures }, { attempt }) => {
  if (attempt < failures) throw new Hiccup('attempt ' + (attempt + 1));
  return { n: 1 };
});
`;
const PAGE_CONTRACT = `import { alertInput, contract, z } from '../../lib';
export default contract({ name: 'page', summary: 'Calls who is on duty.', input: alertInput, output: z.object({}) });
`;
const PAGE = `import { taskHandler } from '../../lib/runtime/task-handler';
import contract from './contract';
export const handler = taskHandler(contract, async (alert, { objects }) => {
  await objects.putBytes('executions/page.json', JSON.stringify(alert), { contentType: 'application/json' });
  return {};
});
`;
const LOAD = `import { alarmTopic, callback, pipeline, secret, slack, task, z } from '../lib';
import page from '../lambdas/page/contract';
import contract from '../lambdas/step/contract';
const step = task(contract);
export default pipeline(
  {
    id: 'load',
    description: 'Updates a dataset.',
    params: z.object({ failures: z.number().default(0) }),
    onFailure: [alarmTopic, slack(secret('hook')), callback(page)],
  },
  ({ params }) => {
    step(
      'write',
      { failures: params.failures },
      { retries: 1, retryDelay: 1, outlets: ['orders'], onRetry: [alarmTopic], onSuccess: [alarmTopic], onFailure: [slack(secret('hook'))] },
    );
  },
);
`;
const FORECAST = `import { datasetUpdated, pipeline, task } from '../lib';
import contract from '../lambdas/step/contract';
export default pipeline(
  { id: 'forecast', description: 'Waits for a dataset.', triggers: [datasetUpdated('orders')] },
  () => { task(contract)('predict', { failures: 0 }); },
);
`;

describe('events', () => {
  const project = temporaryProject({
    'pipelines/load.ts': LOAD,
    'pipelines/forecast.ts': FORECAST,
    'lambdas/step/contract.ts': CONTRACT,
    'lambdas/step/handler.ts': HANDLER,
    'lambdas/page/contract.ts': PAGE_CONTRACT,
    'lambdas/page/handler.ts': PAGE,
  });
  const millrace = millraceIn(project.root, project.state);
  afterAll(() => project.remove());
  const run = async (failures: number) =>
    (await millrace.json('run', 'load', '--params', JSON.stringify({ failures }))).code;
  const told = async () => {
    const entries = (await millrace.json('notifications')).value as OutboxEntry[];
    return entries
      .map(({ kind, deliveries }) => [
        kind,
        ...deliveries.map(({ channel, state }) => `${channel.kind} ${state}`),
      ])
      .reverse();
  };
  const forecasts = async () => (await millrace.json('runs', 'forecast')).value as RunListing[];

  it('a task that needs two attempts tells so; its success starts the pipeline that waits for its dataset', async () => {
    expect(await run(1)).toBe(0);
    // Both are told within a second or so, and not always in this order.
    expect((await told()).sort()).toEqual([
      ['task-retried', 'topic sent'],
      ['task-succeeded', 'topic sent'],
    ]);
    expect(await forecasts()).toMatchObject([{ trigger: 'dataset' }]);
  }, 90_000);

  it('a failure is told once to each channel, and starts nothing', async () => {
    expect(await run(2)).toBe(1);
    expect((await told()).slice(2).sort()).toEqual([
      ['run-failed', 'topic sent', 'slack kept', 'task sent'],
      ['task-failed', 'slack kept'],
      ['task-retried', 'topic sent'],
    ]);
    expect(await forecasts()).toHaveLength(1);
    const objects = join(project.state, 'objects');
    const paged = readdirSync(objects, { recursive: true, withFileTypes: true }).filter((entry) =>
      entry.isFile(),
    );
    expect(paged.map((entry) => readFileSync(join(entry.parentPath, entry.name), 'utf8')).join()).toContain(
      '"occasion":"run-failed"',
    );
  }, 90_000);

  it('the table of notifications names run and channel', async () => {
    const { stdout } = await millrace('notifications', 'load', '--limit', '1');
    expect(stdout).toMatch(/^WHEN +WHAT +RUN +TOLD\n/);
    expect(stdout).toMatch(/load--manual--\S+ /);
  }, 30_000);
});
