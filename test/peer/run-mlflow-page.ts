/**
 * Opens MLflow's own page, as its wheel has it, on this API: `npm run check:mlflow-ui`. It needs a wheel of `mlflow`
 * (MILLRACE_PYTHON names an interpreter that has it) and Chromium (CHROMIUM names it). It goes through experiments, a run, its
 * metrics and artifacts, a comparison, a model and an alias change, compares what is shown with the API, and fails on any
 * answer from 400 on and any error of the page. PICTURES=<folder> keeps pictures.
 */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { mlflowGuest } from '../../lib/mlflow/guest';
import { findPage, PageNotFound } from '../../lib/mlflow/page/find-page';
import { mlflowPage, PAGE_PATH } from '../../lib/mlflow/page/serve-page';
import { chromiumPath, openBrowser, WIDE } from '../console/support/browser';
import { startLocalAws } from '../support/local-aws';

const PICTURES = process.env['PICTURES'];

async function main(): Promise<number> {
  const chromium = chromiumPath();
  if (chromium === undefined) {
    process.stderr.write('Not run: there is no Chromium here. Install it, or name it in CHROMIUM.\n');
    return 2;
  }
  let folder: string;
  try {
    folder = findPage('auto', process.cwd());
  } catch (error) {
    if (!(error instanceof PageNotFound)) throw error;
    process.stderr.write(`Not run: ${error.message}\n`);
    return 2;
  }
  const aws = await startLocalAws([mlflowPage(folder), mlflowGuest]);
  const browser = await openBrowser(chromium);
  try {
    const seeded = await seed(aws.url);
    const page = await browser.newPage({ viewport: WIDE });
    return await look(page, aws.url, seeded);
  } finally {
    await browser.close();
    await aws.stop();
  }
}

interface Seeded {
  readonly experiment: string;
  readonly runs: readonly [string, string];
}

const caller =
  (url: string) =>
  async <T>(path: string, body: object, method = 'POST'): Promise<T> => {
    const answer = await fetch(`${url}/api/2.0/mlflow/${path}`, {
      method,
      headers: { 'content-type': 'application/json' },
      ...(method === 'GET' ? {} : { body: JSON.stringify(body) }),
    });
    const text = await answer.text();
    if (!answer.ok) throw new Error(`${path}: ${answer.status} ${text}`);
    return JSON.parse(text) as T;
  };

async function seed(url: string): Promise<Seeded> {
  const call = caller(url);
  const { experiment_id } = await call<{ experiment_id: string }>('experiments/create', {
    name: 'wheat-prices',
  });
  const start = async (name: string, rate: number): Promise<string> => {
    const { run } = await call<{ run: { info: { run_id: string } } }>('runs/create', {
      experiment_id,
      run_name: name,
      start_time: Date.now(),
    });
    const { run_id } = run.info;
    await call('runs/log-batch', {
      run_id,
      params: [{ key: 'rate', value: String(rate) }],
      metrics: Array.from({ length: 20 }, (_, step) => ({
        key: 'loss',
        value: Math.exp(-rate * step),
        step,
        timestamp: Date.now(),
      })),
    });
    const files = {
      'notes.txt': `the rate was ${rate}`,
      'model/MLmodel': `artifact_path: model\nrun_id: ${run_id}\nflavors:\n  python_function:\n    loader_module: x\n`,
    };
    for (const [name, body] of Object.entries(files)) {
      const place = `${url}/api/2.0/mlflow-artifacts/artifacts/${experiment_id}/${run_id}/${name}`;
      const answer = await fetch(place, { method: 'PUT', body });
      if (!answer.ok) throw new Error(`${name}: ${answer.status}`);
    }
    await call('runs/update', { run_id, status: 'FINISHED', end_time: Date.now() });
    return run_id;
  };
  const runs = [await start('brave-wheat', 0.1), await start('calm-barley', 0.2)] as const;
  await call('registered-models/create', { name: 'price-model' });
  for (const run_id of runs)
    await call('model-versions/create', { name: 'price-model', source: `runs:/${run_id}/model`, run_id });
  await call('registered-models/alias', { name: 'price-model', alias: 'champion', version: '1' });
  return { experiment: experiment_id, runs };
}

async function look(page: Page, url: string, { experiment, runs }: Seeded): Promise<number> {
  const complaints: string[] = [];
  page.on('pageerror', (error) => complaints.push(error.message));
  page.on('console', (message) => {
    if (message.type() === 'error') complaints.push(message.text());
  });
  page.on('response', (response) => {
    if (response.status() >= 400) complaints.push(`${response.status()} ${response.url()}`);
  });
  let failed = 0;
  const see = async (what: string, path: string, texts: readonly string[]): Promise<void> => {
    complaints.length = 0;
    await page.goto(`${url}${PAGE_PATH}#${path}`);
    await page.reload();
    const missing: string[] = [];
    for (const text of texts) {
      const found = page.getByText(text, { exact: false }).first();
      await found.waitFor({ state: 'visible', timeout: 15_000 }).catch(() => missing.push(text));
    }
    await page.waitForLoadState('networkidle', { timeout: 3000 }).catch(() => {});
    if (PICTURES !== undefined) {
      mkdirSync(PICTURES, { recursive: true });
      await page.screenshot({ path: join(PICTURES, `${what.replaceAll(' ', '-')}.png`) });
    }
    const faults = [...missing.map((text) => `does not show '${text}'`), ...complaints];
    if (faults.length > 0) failed++;
    process.stdout.write(`${faults.length === 0 ? 'ok    ' : 'FAILED'}  ${what}\n`);
    for (const fault of faults.slice(0, 8)) process.stdout.write(`        ${fault}\n`);
  };
  const last = Math.exp(-0.1 * 19)
    .toString()
    .slice(0, 5);
  await see('experiments', '/experiments', ['wheat-prices']);
  await see('runs of an experiment', `/experiments/${experiment}/runs`, ['brave-wheat', 'calm-barley']);
  await see('a run', `/experiments/${experiment}/runs/${runs[0]}`, ['brave-wheat', 'rate', '0.1', last]);
  await see('its metrics', `/experiments/${experiment}/runs/${runs[0]}/model-metrics`, ['loss']);
  await see('its artifacts', `/experiments/${experiment}/runs/${runs[0]}/artifacts`, ['notes.txt']);
  const compared = encodeURIComponent(JSON.stringify(runs));
  const experiments = encodeURIComponent(JSON.stringify([experiment]));
  await see('a comparison', `/compare-runs?runs=${compared}&experiments=${experiments}`, [
    'brave-wheat',
    'calm-barley',
  ]);
  await see('models', '/models', ['price-model']);
  await see('a model', '/models/price-model', ['Version 1', 'Version 2', 'champion']);
  await caller(url)('registered-models/alias', { name: 'price-model', alias: 'champion', version: '2' });
  await see('a version after the alias moved', '/models/price-model/versions/2', ['champion']);
  process.stdout.write(failed === 0 ? 'All pages are right.\n' : `${failed} pages are not right.\n`);
  return failed === 0 ? 0 : 1;
}

void main().then((code) => {
  process.exitCode = code;
});
