/** The pages in a real browser: what they show is what the API says, and what they do is done. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import type { ConsoleOptions } from '../../lib/console/console-options';
import { readRunDetail } from '../../lib/console/queries/run';
import type { RunDetail } from '../../lib/console/views/runs';
import type { ArtifactPreview, TrackedPage } from '../../lib/console/views/tracking';
import { number } from '../../lib/console/web/format';
import { startDev, type DevServer } from '../support/millrace';
import { chromiumPath, complaintsOf, NARROW, NO_CHROMIUM, openBrowser, WIDE } from './support/browser';
import { ConsoleClient } from './support/console-client';
import { takePictures } from './support/guide-pictures';
import { actionTests } from './support/page-actions';
import { CHARTS, PAGES } from './support/page-list';
import { VALUES } from './support/page-values';
import { inStage } from './support/in-stage';
import { missingOf, READ_PLACES } from './support/read-places';
import { pageTools, PICTURES } from './support/page-tools';
import { makeSamples, sampleProject, type Samples } from './support/sample-project';
import { SCRIPT } from './support/script';

const chromium = chromiumPath();
if (chromium === undefined) process.stderr.write(`${NO_CHROMIUM}\n`);

(chromium === undefined ? describe.skip : describe)('the pages of the console', () => {
  const project = sampleProject();
  let starting: Promise<DevServer>;
  let server: DevServer;
  let client: ConsoleClient;
  let samples: Samples;
  let browser: Browser;
  let page: Page;
  let complaints: string[];

  beforeAll(async () => {
    starting = startDev(project.root, project.state);
    [server, browser] = await Promise.all([starting, openBrowser(chromium ?? '')]);
    client = new ConsoleClient(server.url);
    samples = await makeSamples(client);
    page = await browser.newPage({ viewport: WIDE, locale: 'en-GB', timezoneId: 'Europe/Berlin' });
    page.setDefaultTimeout(30_000);
    complaints = complaintsOf(page);
  }, 240_000);
  afterAll(async () => {
    await browser?.close();
    // Also one that comes up too late for the tests.
    await (await starting).stop();
    project.remove();
  }, 120_000);
  beforeEach(() => complaints.splice(0));

  const { open, text, isSound, barriers, look, picture } = pageTools(() => ({
    page,
    url: server.url,
    complaints,
  }));

  /** What is wrong with the page that is open: values of the API that it does not show, barriers at both widths. */
  const faultsOf = async (name: string): Promise<unknown[]> => {
    const values = await VALUES[name]?.(client, samples);
    // Nothing to compare with is no success.
    const missing =
      values?.length === 0 ? ['values'] : missingOf(values ?? [], await page.evaluate(READ_PLACES));
    const faults = [...missing.map((place) => ({ name, missing: place })), ...(await barriers(name))];
    await isSound(name);
    await look(`${name}-wide`);
    // In the dark only colours are others.
    await page.emulateMedia({ colorScheme: 'dark' });
    await page.setViewportSize(NARROW);
    await page.waitForTimeout(60);
    faults.push(...(await barriers(`${name}, narrow and dark`, 'color-contrast')));
    await isSound(`${name}, narrow`);
    await look(`${name}-narrow-dark`);
    await page.emulateMedia({ colorScheme: 'light' });
    await page.setViewportSize(WIDE);
    return faults;
  };

  it('show what the API tells at both widths, escaped, without complaints and for everybody', async () => {
    const faults: unknown[] = [];
    for (const [name, path, shows] of PAGES) {
      await open(path(samples));
      await page.getByText(shows(samples)).filter({ visible: true }).first().waitFor();
      // Graphs are laid out beside the page.
      if (name === 'run') expect(page.workers()).toHaveLength(1);
      if (CHARTS.has(name)) await page.waitForSelector('.chart canvas');
      faults.push(...(await faultsOf(name)));
    }
    expect(faults).toEqual([]);
  }, 300_000);

  it('have a theme of their own for who does not want that of the system', async () => {
    await open('/pipelines');
    await page.getByRole('button', { name: /theme/ }).click();
    await page.waitForFunction(() => document.documentElement.dataset['theme'] === 'dark');
    await page.getByRole('button', { name: /theme/ }).click();
    await page.getByRole('button', { name: /theme/ }).click();
    await isSound('themes');
  }, 120_000);

  it('show times of where somebody is, and sort', async () => {
    await open(`/runs/${samples.failed}`);
    // In the time of whoever looks, here that of Berlin, with UTC on hover.
    const shown = page.locator('.facts time').first();
    const utc = (await shown.getAttribute('datetime')) ?? '';
    expect(await shown.getAttribute('title')).toContain(`${utc} UTC`);
    const hour = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', timeZone: 'Europe/Berlin' });
    expect(await shown.innerText()).toContain(` ${hour.format(new Date(utc))}:`);
    await open(`/experiments/${samples.experiment}?order=${encodeURIComponent('metrics.auc ASC')}`);
    expect((await text('tbody td:nth-child(2)')).split('\n')[0]).toBe('linear');
    await page.getByRole('button', { name: 'auc' }).click();
    await page.waitForFunction(
      () => document.querySelector('tbody td:nth-child(2)')?.textContent?.startsWith('linear') === true,
    );
    await isSound('values');
  }, 120_000);

  it('show the columns that were chosen, also to who gets the link', async () => {
    const path = `/experiments/${samples.experiment}`;
    await open(path);
    await page.getByText('Columns (3 of').click();
    await page.getByLabel('metrics.loss', { exact: true }).uncheck();
    await page.getByLabel('params.depth', { exact: true }).check();
    await page.getByRole('button', { name: 'depth' }).waitFor();
    expect(new URL(page.url()).searchParams.get('columns')).toBe('metrics.auc,metrics.seconds,params.depth');
    const { runs } = await client.get<TrackedPage>(path);
    const wanted = [
      ['auc', 'seconds', 'depth'],
      ...runs.map(({ metrics, params }) => [
        number(metrics['auc']),
        number(metrics['seconds']),
        params['depth'],
      ]),
    ];
    const shown = () =>
      page
        .locator('tr')
        .evaluateAll((rows) =>
          rows.map((row) => [...row.querySelectorAll(':nth-child(n+6)')].map((cell) => cell.textContent)),
        );
    expect(await shown()).toEqual(wanted);
    await page.reload();
    await page.getByText('Columns (3 of').waitFor();
    expect(await shown()).toEqual(wanted);
    await isSound('columns');
  }, 60_000);

  it('show artifacts: the head of a table, and reports of HTML that run nothing, wherever they are opened', async () => {
    await open(`/tracked/${samples.tracked[0]}?tab=artifacts`);
    const previewOf = async (file: string) =>
      client.get<ArtifactPreview>(`/tracked/${samples.tracked[0]}/preview?path=${file}`);
    // First the head of a table.
    await page.getByRole('button', { name: /^head\.parquet/ }).click();
    const table = page.getByRole('region', { name: 'head.parquet' });
    await table.waitFor();
    await page.getByText('Only the beginning is shown.').waitFor();
    const head = await previewOf('head.parquet');
    expect(head).toMatchObject({ kind: 'table', columns: ['house', 'rooms'], truncated: true });
    expect(head.rows).toHaveLength(50);
    expect(
      await table
        .locator('tr')
        .evaluateAll((rows) => rows.map((row) => [...row.children].map((cell) => cell.textContent))),
    ).toEqual([head.columns, ...(head.rows ?? []).map((row) => row.map(String))]);
    await isSound('head');
    expect(await previewOf('empty.parquet')).toMatchObject({
      columns: ['house'],
      rows: [],
      truncated: false,
    });
    const fifty = await previewOf('fifty.csv');
    expect({ rows: fifty.rows?.length, truncated: fifty.truncated }).toEqual({ rows: 50, truncated: false });
    await page.getByRole('button', { name: /^report\.html/ }).click();
    const frame = page.frameLocator('iframe');
    await frame.getByRole('heading', { name: 'Report' }).waitFor();
    expect(await page.locator('iframe').getAttribute('sandbox')).toBe('');
    expect(await page.evaluate(() => (window as { taken?: unknown }).taken)).toBeUndefined();
    for (const file of ['report.html', 'drawing.svg']) {
      await page.goto(`${server.url}/console/api/tracked/${samples.tracked[0]}/file?path=${file}`);
      expect(await page.evaluate(() => (window as { taken?: unknown }).taken)).toBeUndefined();
    }
  }, 120_000);

  it('a filter searches, a wrong one says what is wrong, and runs are compared', async () => {
    await open(`/experiments/${samples.experiment}`);
    const filter = page.getByLabel('Filter');
    await filter.fill('metrics.auc > 0.88');
    await filter.press('Enter');
    await page.getByText('1 run', { exact: true }).waitFor();
    await page.getByRole('button', { name: 'Save the view' }).click();
    await filter.fill('metrics.auc >');
    await filter.press('Enter');
    await page.getByRole('alert').waitFor();
    expect(new URL(page.url()).searchParams.get('filter')).toBe('metrics.auc >');
    await filter.fill('');
    await filter.press('Enter');
    await page.getByText('3 runs').waitFor();
    await page.getByLabel('Saved views').selectOption('metrics.auc > 0.88');
    await page.getByText('1 run', { exact: true }).waitFor();
    expect(await filter.inputValue()).toBe('metrics.auc > 0.88');
    await filter.fill('');
    await filter.press('Enter');
    await page.getByText('3 runs').waitFor();
    for (const box of await page.locator('tbody input[type=checkbox]').all()) await box.check();
    await page.getByRole('button', { name: 'Compare 3' }).click();
    await page.getByRole('heading', { name: 'Compare 3 runs' }).waitFor();
    await page.getByText('Params that differ').waitFor();
    await isSound('compare');
  }, 120_000);

  it('show what runs cost, and what a deployment would change', async () => {
    interface Costs {
      readonly asOf: string;
      readonly runs: readonly { readonly runId: string; readonly cost: number; readonly lines: object[] }[];
    }
    const { runs, asOf } = await client.get<Costs>('/pipelines/orders/costs');
    expect(runs).toHaveLength(2);
    for (const { cost, lines } of runs) {
      expect(cost).toBeGreaterThan(0.0001);
      expect(cost).toBeLessThan(0.01);
      expect(lines).toContainEqual(expect.objectContaining({ item: 'Lambda requests', unit: 'requests' }));
    }
    await open('/pipelines/orders?tab=cost');
    expect(await text('.facts')).toContain(asOf);
    const shown = (await text('tbody td:last-child')).split('\n').map((one) => Number(one.slice(1)));
    for (const [i, { cost }] of runs.entries())
      expect(Math.abs((shown[i] ?? 0) / cost - 1)).toBeLessThan(0.05);
    const file = join(project.root, 'pipelines', 'orders.ts');
    const before = readFileSync(file, 'utf8');
    project.write('pipelines/orders.ts', before.replace("step('ship'", "step('send'"));
    await page.goto(`${server.url}/console/pipelines/orders?tab=plan`);
    await page.getByText('A deployment would change it.').waitFor({ timeout: 60_000 });
    await page.getByRole('img', { name: 'send: added' }).waitFor();
    await page.getByRole('img', { name: 'ship: removed' }).waitFor();
    await picture('plan');
    project.write('pipelines/orders.ts', before);
    await page.getByRole('button', { name: 'Compare again' }).click();
    await page.getByText('What is deployed is what the files say.').waitFor({ timeout: 60_000 });
    expect(await faultsOf('plan')).toEqual([]);
  }, 90_000);

  it('works by keyboard: skip link, tabs, tasks of the graph, dialogs', async () => {
    await open(`/runs/${samples.failed}`);
    await page.keyboard.press('Tab');
    expect(await page.evaluate(() => document.activeElement?.textContent?.trim())).toBe(
      'Skip to the content',
    );
    await page.getByRole('tab', { name: 'Graph' }).focus();
    await page.keyboard.press('ArrowRight');
    expect(await page.getByRole('tab', { name: 'Gantt' }).getAttribute('aria-selected')).toBe('true');
    await page.keyboard.press('ArrowLeft');
    const task = page.getByRole('button', { name: /^book: failed/ });
    await task.focus();
    await page.keyboard.press('Enter');
    await page.getByRole('complementary', { name: 'Task book' }).waitFor();
    expect(new URL(page.url()).searchParams.get('task')).toBe('book');
    await page.getByRole('button', { name: 'Rerun …' }).focus();
    await page.keyboard.press('Enter');
    await page.getByRole('dialog').waitFor();
    await page.keyboard.press('Escape');
    await page.getByRole('dialog').waitFor({ state: 'detached' });
    await isSound('keyboard');
  }, 120_000);

  it('show variables, and of connections nothing but their names', async () => {
    await open('/operations');
    const variables = page.getByRole('region', { name: 'Variables' }).last();
    await variables.getByText('threshold').waitFor();
    expect(await variables.innerText()).toContain(SCRIPT);
    await page.getByRole('region', { name: 'Connections' }).last().getByText('shop').waitFor();
    const settings = await client.get('/settings');
    expect(settings).toMatchObject({ variables: [{ name: 'threshold' }], connections: [{ name: 'shop' }] });
    expect(JSON.stringify(settings)).not.toContain('sesame');
    await isSound('settings');
  }, 120_000);

  it('ask again with the tag of what they know where nothing tells them of changes, as in an account', async () => {
    const live = '**/console/api/live?*';
    await page.route(live, (route) => route.fulfill({ status: 404 }));
    const first = page.waitForResponse((response) => response.url().endsWith('/console/api/pipelines'));
    await open('/pipelines');
    const asked = await first;
    expect(asked.status()).toBe(200);
    const again = await page.waitForResponse((response) => response.url() === asked.url());
    expect(again.status()).toBe(304);
    expect(again.request().headers()['if-none-match']).toBe(asked.headers()['etag']);
    await client.act({ action: 'pause', pipeline: 'arrivals', why: 'asked again' });
    await page.getByText(': asked again').waitFor();
    await client.act({ action: 'resume', pipeline: 'arrivals' });
    const options: ConsoleOptions = {
      catalogue: async () => ({
        stage: 'dev',
        code: { commit: '', dirty: false },
        pipelines: [],
        failures: [],
      }),
      where: 'aws',
      by: 'ann',
      readOnly: false,
      now: () => new Date(),
    };
    let inAccount: RunDetail | undefined;
    await inStage(server.url, async () => {
      inAccount = await readRunDetail(options, samples.succeeded);
    });
    const run = `**/console/api/runs/${samples.succeeded}`;
    await page.route(run, (route) => route.fulfill({ json: inAccount }));
    await open(`/runs/${samples.succeeded}`);
    expect(await page.getByRole('link', { name: '1, in Step Functions' }).getAttribute('href')).toBe(
      `https://us-east-1.console.aws.amazon.com/states/home?region=us-east-1#/v2/executions/details/${encodeURIComponent(inAccount?.execution ?? '')}`,
    );
    await page.unroute(run);
    await page.unroute(live);
    // That there is nothing that tells of changes.
    complaints.splice(0);
  }, 120_000);

  it('show viewers everything, and no button that acts', async () => {
    const session = '**/console/api/session';
    // That the server refuses them is tested with its API.
    await page.route(session, async (route) => {
      const answer = await route.fetch();
      await route.fulfill({
        response: answer,
        json: { ...((await answer.json()) as object), readOnly: true },
      });
    });
    for (const path of [
      '/pipelines',
      '/pipelines/orders?tab=backfill',
      `/runs/${samples.failed}?task=book`,
      `/runs/${samples.asking}`,
      '/models/prices',
      '/operations',
    ]) {
      await open(path);
      await page.getByText('read-only').first().waitFor();
      const acting = page.getByRole('button', { name: /…|Pause|Resume/ });
      expect({ path, acting: await acting.allInnerTexts() }).toEqual({ path, acting: [] });
    }
    await page.unroute(session);
    await isSound('viewers');
  }, 120_000);

  describe('actions', () =>
    actionTests(() => ({ page, client, samples, complaints }), { open, text, isSound, picture }));

  it('a log is searched', async () => {
    await open(`/runs/${samples.failed}?tab=log`);
    await page.getByLabel('Search the log').fill('left of');
    await page.locator('.log mark').first().waitFor();
    expect(await page.locator('.log p').count()).toBe(1);
    await isSound('log');
  }, 120_000);

  (PICTURES === undefined ? it.skip : it)(
    'the pictures of the guide',
    async () => takePictures({ page, client, samples, open, picture }),
    600_000,
  );
});
