/** The pictures of docs/guides/console.md: each page, with something to see on it. */
import type { Page } from 'playwright-core';
import { NARROW } from './browser';
import type { ConsoleClient } from './console-client';
import type { PageTools } from './page-tools';
import type { Samples } from './sample-project';

export interface Pictured extends Pick<PageTools, 'open' | 'picture'> {
  readonly page: Page;
  readonly client: ConsoleClient;
  readonly samples: Samples;
}

export async function takePictures({ page, client, samples, open, picture }: Pictured): Promise<void> {
  const { id } = await client.act<{ id: string }>({
    action: 'backfill',
    pipeline: 'orders',
    from: '2026-11-08',
    to: '2026-11-19',
    maxActive: 2,
  });
  const { runId: failed } = await client.act<{ runId: string }>({
    action: 'start',
    pipeline: 'orders',
    params: { fail: true, say: 'apples' },
  });
  const { runId: asking } = await client.act<{ runId: string }>({
    action: 'start',
    pipeline: 'refunds',
    params: {},
  });
  await client.until(asking, ({ approvals }) => approvals.length > 0);
  for (let open = 1; open > 0;) {
    await page.waitForTimeout(500);
    const { backfills } = await client.get<{
      backfills: { id: string; statuses: Record<string, number> }[];
    }>('/pipelines/orders');
    const { queued = 0, running = 0 } = backfills.find((one) => one.id === id)?.statuses ?? {};
    open = queued + running;
  }
  await client.until(failed, ({ status }) => status === 'failed');
  const compared = samples.tracked.map((run) => `run=${run}`).join('&');
  await page.setViewportSize({ width: 1280, height: 760 });
  for (const [name, path] of [
    ['pipelines', '/pipelines'],
    ['pipeline', '/pipelines/orders'],
    ['grid', '/pipelines/orders?tab=grid'],
    ['cost', '/pipelines/orders?tab=cost'],
    ['definition', '/pipelines/orders?tab=definition'],
    ['runs', '/runs'],
    ['trend', '/pipelines/orders?tab=trend'],
    ['failed-run', `/runs/${failed}?task=book`],
    ['gantt', `/runs/${samples.succeeded}?tab=gantt`],
    ['experiment', `/experiments/${samples.experiment}`],
    ['experiments', '/experiments'],
    ['tracked', `/tracked/${samples.tracked[0]}`],
    ['artifact', `/tracked/${samples.tracked[0]}?tab=artifacts&file=artifacts%2Fmodel%2FMLmodel`],
    ['compare', `/compare?${compared}`],
    ['scatter', `/compare?tab=scatter&${compared}`],
    ['curves', `/compare?tab=curves&${compared}`],
    ['parallel', `/compare?tab=parallel&${compared}`],
    ['models', '/models'],
    ['model', '/models/prices'],
    ['endpoints', '/models/prices?tab=endpoints'],
    ['lineage', '/models/prices?tab=lineage'],
    ['gates', '/models/prices?tab=gates'],
    ['card', '/models/prices?tab=card&version=2'],
    ['drift', '/models/prices?tab=watch'],
    ['history', '/models/prices?tab=history'],
    ['data', '/data'],
    ['dataset', '/data/houses'],
    ['operations', '/operations'],
  ] as const) {
    await open(path);
    await page.waitForTimeout(400);
    await picture(name);
  }
  await page.emulateMedia({ colorScheme: 'dark' });
  await page.setViewportSize(NARROW);
  await open(`/runs/${asking}`);
  await page.waitForTimeout(300);
  await picture('approval');
}
