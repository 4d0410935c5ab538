/** What people do in the console, done in a browser and held against the API afterwards. Each goes on where the one before it left things. */
import type { Page } from 'playwright-core';
import type { OperationsView } from '../../../lib/console/views/operations';
import type { PipelineView } from '../../../lib/console/views/pipelines';
import type { LogView, RunDetail } from '../../../lib/console/views/runs';
import type { ConsoleClient } from './console-client';
import type { PageTools } from './page-tools';
import type { Samples } from './sample-project';
import { SCRIPT } from './script';

interface Acting {
  readonly page: Page;
  readonly client: ConsoleClient;
  readonly samples: Samples;
  /** Of the browser, so far. */
  readonly complaints: string[];
}

/** Defines the tests. @param acting asked for when all of it is there */
export function actionTests(
  acting: () => Acting,
  { open, text, isSound, picture }: Pick<PageTools, 'open' | 'text' | 'isSound' | 'picture'>,
): void {
  let page: Page;
  let client: ConsoleClient;
  let samples: Samples;
  let complaints: string[];
  beforeAll(() => {
    ({ page, client, samples, complaints } = acting());
  });

  it('start a run by the form of its params; what is wrong cannot be sent', async () => {
    await open('/pipelines/orders');
    await page.getByRole('button', { name: 'Run orders …' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByLabel('least', { exact: true }).fill('many');
    await dialog.getByText('must be a number').waitFor();
    expect(await dialog.getByRole('button', { name: 'Start the run' }).isDisabled()).toBe(true);
    // In the range of numbers, but not in that of the params: the launcher says so.
    await dialog.getByLabel('least', { exact: true }).fill('11');
    await picture('start');
    await dialog.getByRole('button', { name: 'Start the run' }).click();
    await dialog.getByRole('alert').waitFor();
    expect(await dialog.getByRole('alert').innerText()).toContain('least');
    complaints.splice(0);
    await dialog.getByLabel('least', { exact: true }).fill('9');
    await dialog.getByRole('button', { name: 'Start the run' }).click();
    await page.waitForURL(/\/console\/runs\//);
    const runId = decodeURIComponent(new URL(page.url()).pathname.split('/').at(-1) ?? '');
    // The page follows by itself.
    await page.locator('.head .status', { hasText: 'success' }).waitFor({ timeout: 30_000 });
    expect(await client.get(`/runs/${runId}`)).toMatchObject({ status: 'success', params: { least: 9 } });
    await page
      .getByRole('button', { name: 'keep: success' })
      .or(page.getByLabel(/^keep: success/))
      .first()
      .waitFor();
    await page
      .getByLabel(/^ship: skipped/)
      .first()
      .waitFor();
    await isSound('start');
  }, 120_000);

  it('pause and resume, with a reason that others read', async () => {
    await open('/pipelines');
    await page.getByRole('button', { name: 'Pause refunds' }).click();
    await page.getByLabel('Why (optional)').fill('till is closed');
    await page.getByRole('dialog').getByRole('button', { name: 'Pause' }).click();
    await page.getByText(': till is closed').waitFor();
    const { pipelines } = await client.get<{ pipelines: { id: string; paused: boolean }[] }>('/pipelines');
    expect(pipelines.find(({ id }) => id === 'refunds')?.paused).toBe(true);
    await page.getByRole('button', { name: 'Resume refunds' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Resume' }).click();
    await page.getByRole('button', { name: 'Pause refunds' }).waitFor();
    await isSound('pause');
  }, 120_000);

  it('decide what a run asks: the form is checked, the run goes on', async () => {
    await open('/operations');
    await page.getByRole('button', { name: 'Approve …' }).click();
    const dialog = page.getByRole('dialog');
    expect(await dialog.getByRole('button', { name: 'Approve' }).isDisabled()).toBe(true);
    await dialog.getByLabel('limit').fill('7');
    await dialog.getByLabel('Comment (optional)').fill(SCRIPT);
    await dialog.getByRole('button', { name: 'Approve' }).click();
    await page.getByText('Nobody waits for a decision.').waitFor();
    await client.until(samples.asking, ({ status }) => status === 'success');
    const { approvals } = await client.get<{ approvals: unknown }>(`/runs/${samples.asking}`);
    expect(approvals).toMatchObject([{ state: 'decided', decision: { approved: true, comment: SCRIPT } }]);
    await open(`/runs/${samples.asking}?tab=audit`);
    await page.getByText('Approved by').waitFor();
    await isSound('decide');
  }, 120_000);

  it('reject what a run asks, and take out of the queue what has not begun', async () => {
    const start = async (pipeline: string) =>
      client.act<{ runId: string; queued?: boolean }>({ action: 'start', pipeline, params: {} });
    const [{ runId }, late] = await Promise.all([start('refunds'), start('arrivals')]);
    expect(late.queued).toBe(true);
    await open('/pipelines/arrivals');
    const queue = page.getByRole('region', { name: 'Queue' });
    await queue.getByText(late.runId).waitFor();
    await queue.getByRole('button', { name: 'Take out …' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByText(late.runId).waitFor();
    await dialog.getByRole('button', { name: 'Take it out' }).click();
    await queue.waitFor({ state: 'detached' });
    expect((await client.get<PipelineView>('/pipelines/arrivals')).queue).toEqual([]);
    expect(await client.get(`/runs/${samples.waiting}`)).toMatchObject({ status: 'running' });
    await expect(client.get(`/runs/${late.runId}`)).rejects.toThrow('404');
    await client.until(runId, ({ approvals }) => approvals.length > 0);
    await open(`/runs/${runId}`);
    await page.getByRole('button', { name: 'Reject …' }).click();
    await dialog.getByLabel('Comment (optional)').fill(`too much ${SCRIPT}`);
    await dialog.getByRole('button', { name: 'Reject' }).click();
    await page.locator('.head .status', { hasText: 'failed' }).waitFor();
    const { status, tasks, approvals } = await client.get<RunDetail>(`/runs/${runId}`);
    expect(status).toBe('failed');
    expect(approvals).toMatchObject([
      { state: 'decided', decision: { approved: false, comment: `too much ${SCRIPT}` } },
    ]);
    // A refusal is a decision: what fails is the task that reads the form.
    expect(tasks).toMatchObject([
      { id: 'read', status: 'success' },
      { id: 'board', status: 'success' },
      { id: 'pay', status: 'failed' },
    ]);
    await open(`/runs/${runId}?tab=audit`);
    await page
      .getByText(`Rejected by ${approvals[0]?.decision?.by}: ${approvals[0]?.decision?.comment}`)
      .waitFor();
    await isSound('reject');
  }, 120_000);

  it('show what a rerun does before it does it, clear, mark and cancel', async () => {
    await open(`/runs/${samples.failed}?task=prepare%2Fclean`);
    await page.getByRole('button', { name: 'Clear …' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.locator('.plan').getByText('may run again').waitFor();
    await picture('clear');
    expect(await dialog.locator('.plan code').allInnerTexts()).toEqual([
      'prepare/clean',
      'book',
      'enough',
      'ship',
      'keep',
    ]);
    await page.keyboard.press('Escape');
    await dialog.waitFor({ state: 'detached' });
    await page
      .getByRole('button', { name: 'book: failed, ' })
      .or(page.getByLabel(/^book: failed/))
      .first()
      .click();
    await page
      .getByRole('complementary', { name: 'Task book' })
      .getByRole('button', { name: 'Mark …' })
      .click();
    await dialog.getByLabel('Output that tasks after it read (JSON)').fill('{"n": 5, "said": ""}');
    await dialog.getByLabel('Why (optional)').fill('booked by hand');
    await dialog.getByRole('button', { name: 'Mark as success' }).click();
    await dialog.waitFor({ state: 'detached' });
    await page.getByRole('button', { name: 'Rerun …' }).click();
    await dialog.getByRole('button', { name: 'Rerun' }).click();
    await dialog.waitFor({ state: 'detached' });
    const run = await client.until(samples.failed, ({ status }) => status === 'success');
    expect(run).toMatchObject({
      executions: 2,
      audit: [{ action: 'start' }, { action: 'mark', why: 'booked by hand' }, { action: 'rerun' }],
    });
    const { runId } = await client.act<{ runId: string }>({
      action: 'start',
      pipeline: 'refunds',
      params: {},
    });
    await client.until(runId, ({ approvals }) => approvals.length > 0);
    await open(`/runs/${runId}`);
    await page.getByRole('button', { name: 'Cancel …' }).click();
    await dialog.getByRole('button', { name: 'Cancel the run' }).click();
    await page.locator('.head .status', { hasText: 'aborted' }).waitFor();
    await isSound('rerun');
  }, 120_000);

  it('backfill a range after showing it, and cancel what waits', async () => {
    await open('/pipelines/stock?tab=backfill');
    await page.getByLabel('First logical date').fill('2026-11-02');
    await page.getByLabel('Last logical date').fill('2026-11-08');
    await page.getByLabel('Stop at the first failure').check();
    await page.getByRole('button', { name: 'Show what would run …' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByText('6 of 6 dates are run').waitFor();
    await dialog.getByText('When one of them has failed, nothing more of it starts.').waitFor();
    await picture('backfill');
    // The schedule rings at six in Berlin: the date of a bound is its midnight there.
    const asked = page.waitForRequest((request) => request.url().endsWith('/console/api/act'));
    await dialog.getByRole('button', { name: 'Run 6 dates' }).click();
    const answer = await (await asked).response();
    expect((await asked).postDataJSON()).toMatchObject({ action: 'backfill', stopOnFailure: true });
    expect(answer?.status()).toBe(200);
    // The first date waits for somebody, and the others for it.
    const card = page.getByRole('region', { name: /^Backfill / });
    await card.getByText('1 running, 5 queued (0 of 6 dates)').waitFor();
    await card.getByRole('button', { name: 'Cancel …' }).click();
    await dialog.getByRole('button', { name: 'Take 5 out of the queue' }).click();
    await card.getByText('cancelled').waitFor();
    await card.getByText('1 running (0 of 6 dates)').waitFor();
    const { backfills } = await client.get<{ backfills: object[] }>('/pipelines/stock');
    expect(backfills).toMatchObject([
      { status: 'cancelled', maxActive: 1, ticks: 6, statuses: { running: 1 } },
    ]);
    const { running, audit } = await client.get<OperationsView>('/operations');
    expect(audit).toContainEqual(
      expect.objectContaining({ pipeline: 'stock', action: 'backfill-cancel', by: audit[0]?.by }),
    );
    expect(audit[0]?.by).not.toBe('unknown');
    // Its log grows while somebody looks, and the run goes on.
    const counting = running.find(({ pipeline }) => pipeline === 'stock')?.runId ?? '';
    await client.until(counting, ({ approvals }) => approvals.length > 0);
    await open(`/runs/${counting}?tab=log`);
    await page.getByText('Nothing has been logged.').waitFor();
    await page.evaluate(() => Object.assign(window, { same: true }));
    await client.act({ action: 'decide', runId: counting, task: 'counted', approved: true, values: {} });
    const line = page.locator('.log p', { hasText: 'saying nothing' });
    await line.waitFor();
    expect(await text('.head .status')).toContain('running');
    expect(await page.evaluate(() => (window as { same?: unknown }).same)).toBe(true);
    const { lines } = await client.get<LogView>(`/runs/${counting}/logs?contains=saying`);
    expect(lines).toMatchObject([
      { task: 'book', text: 'saying nothing', time: await line.locator('time').getAttribute('datetime') },
    ]);
    for (const { runId, pipeline } of running)
      if (pipeline === 'stock') await client.act({ action: 'cancel', runId, pipeline });
    await isSound('backfill');
  }, 120_000);

  it('promote and roll back with a reason, and refuse without', async () => {
    await open('/models/prices');
    await page.getByRole('button', { name: 'Promote … version 2' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByText('It takes champion from version 1.').waitFor();
    expect(await dialog.getByRole('button', { name: 'Promote' }).isDisabled()).toBe(true);
    await dialog.getByLabel('Why').fill('better on the March data');
    await dialog.getByLabel('Stage').selectOption('Production');
    await picture('promote');
    await dialog.getByRole('button', { name: 'Promote' }).click();
    await page.getByText('champion is version 2').waitFor();
    await page.getByRole('button', { name: 'Roll back … champion' }).click();
    await dialog.getByLabel('Why').fill('too many complaints');
    await dialog.getByRole('button', { name: 'Roll back' }).click();
    await page.getByText('champion is version 1').waitFor();
    expect(await client.get('/models/prices')).toMatchObject({
      aliases: { champion: '1' },
      history: [{ reason: 'too many complaints' }, { reason: 'better on the March data' }, {}, {}, {}, {}],
    });
    await isSound('promote');
  }, 120_000);
}
