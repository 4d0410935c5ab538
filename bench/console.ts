/**
 * How quick the console is: size of its script, first paint, a list of 10,000 runs, a graph of 300 tasks.
 * Needs Chromium. `npm run bench:console`
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import type { Page } from 'playwright-core';
import { orchestrationTable } from '../lib/aws/tables';
import { bundleWeb } from '../lib/console/bundle-web';
import { consoleGuest } from '../lib/console/guest';
import { listingKey, runKey } from '../lib/orchestration/keys';
import { listingOf, type RunRecord } from '../lib/orchestration/run-record';
import { chromiumPath, NO_CHROMIUM, openBrowser, WIDE } from '../test/console/support/browser';
import { startLocalAws } from '../test/support/local-aws';

const ROOT = join(__dirname, '..');
const RUNS = 10_000;
const TASKS = 300;
const LAYERS = 20;
const REPEATS = 7;

function taskNames(): { id: string; needs: string[]; group?: string }[] {
  const perLayer = TASKS / LAYERS;
  return Array.from({ length: TASKS }, (_, i) => {
    const layer = Math.floor(i / perLayer);
    const needs = layer === 0 ? [] : [i - perLayer, (layer - 1) * perLayer + ((i * 7) % perLayer)];
    return { id: `task-${i}`, needs: [...new Set(needs)].map((n) => `task-${n}`) };
  });
}

const catalogue = {
  stage: 'test',
  code: { commit: 'bench', dirty: false },
  failures: [],
  pipelines: ['many-runs', 'wide-graph'].map((id) => ({
    id,
    description: 'Made for the measurement.',
    file: '',
    machine: '',
    schedule: { kind: 'interval', seconds: 60 },
    triggers: [],
    startDate: '2026-01-01',
    endDate: null,
    catchup: false,
    maxActiveRuns: 1,
    tasks: (id === 'wide-graph' ? taskNames() : []).map((task) => ({
      ...task,
      state: task.id,
      kind: 'task',
    })),
    functions: [],
    paramsSchema: {},
    notices: [],
  })),
};

function record(n: number): RunRecord {
  const startedAt = new Date(Date.UTC(2026, 0, 1) + n * 60_000).toISOString();
  const runId = `many-runs--schedule--${String(n).padStart(5, '0')}`;
  return {
    runId,
    pipeline: 'many-runs',
    status: n % 17 === 0 ? 'failed' : 'success',
    context: {
      id: runId,
      pipeline: 'many-runs',
      params: {},
      trigger: 'schedule',
      logicalDate: startedAt,
      dataIntervalStart: startedAt,
      dataIntervalEnd: startedAt,
      ds: startedAt.slice(0, 10),
      dsNodash: startedAt.slice(0, 10).replaceAll('-', ''),
      startedAt,
      code: { commit: 'bench', dirty: false },
    },
    execution: `arn:aws:states:us-east-1:000000000000:execution:millrace-test-many-runs:${n}`,
    executions: [],
    startedAt,
    endedAt: new Date(Date.parse(startedAt) + 20_000 + (n % 40) * 1000).toISOString(),
    ttl: 4_000_000_000,
  };
}

const median = (values: readonly number[]): number =>
  [...values].sort((a, b) => a - b)[values.length >> 1] ?? 0;
const ms = (value: number): string => `${Math.round(value)} ms`;
const say = (name: string, value: string): void => void process.stdout.write(`${name.padEnd(48)} ${value}\n`);

/** Milliseconds until the first paint, and until a selector is there. */
async function visit(page: Page, url: string, selector: string): Promise<{ paint: number; ready: number }> {
  await page.goto(url);
  await page.waitForSelector(selector);
  const ready = (await page.evaluate('performance.now()')) as number;
  const paint = (await page.evaluate(
    "performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? 0",
  )) as number;
  return { paint, ready };
}

async function main(): Promise<void> {
  const begun = performance.now();
  const files = await bundleWeb(ROOT);
  const made = performance.now() - begun;
  const scripts = files.filter(({ path }) => path.endsWith('.js'));
  const compressed = (all: typeof files) =>
    all.reduce((sum, { bytes }) => sum + gzipSync(bytes).byteLength, 0);
  say('page made by esbuild, once', ms(made));
  say('all script, gzipped', `${(compressed(scripts) / 1024).toFixed(0)} KB`);
  const first = scripts.filter(({ path }) => path.includes('/main-') || path.includes('/chunk-'));
  say('script before the first paint, gzipped', `${(compressed(first) / 1024).toFixed(0)} KB`);

  const executable = chromiumPath();
  if (executable === undefined) {
    process.stdout.write(`${NO_CHROMIUM}\n`);
    return;
  }
  const directory = mkdtempSync(join(tmpdir(), 'millrace-bench-'));
  const catalogueFile = join(directory, 'millrace.json');
  writeFileSync(catalogueFile, JSON.stringify(catalogue));
  const aws = await startLocalAws([
    consoleGuest({
      projectRoot: ROOT,
      catalogueFile,
      cacheDirectory: join(directory, 'console'),
      by: 'bench',
    }),
  ]);
  const browser = await openBrowser(executable);
  try {
    const records = Array.from({ length: RUNS }, (_, n) => record(n));
    await orchestrationTable().putAll(
      records.flatMap((run) => [
        { ...runKey(run.runId), ...run },
        { ...listingKey(run.pipeline, run.startedAt, run.runId), ...listingOf(run) },
      ]),
    );
    for (const [name, path, selector] of [
      ['pipelines', '/pipelines', '.cards'],
      ['runs', '/runs?pipeline=many-runs', '.virtual-row'],
      ['graph of 300 tasks', '/pipelines/wide-graph', '.g-task'],
    ] as const) {
      const times = [];
      for (let i = 0; i < REPEATS; i++) {
        const page = await browser.newPage({ viewport: WIDE });
        times.push(await visit(page, `${aws.url}/console${path}`, selector));
        await page.close();
      }
      say(`${name}: first paint, median of ${REPEATS}`, ms(median(times.map(({ paint }) => paint))));
      say(`${name}: usable, median of ${REPEATS}`, ms(median(times.map(({ ready }) => ready))));
    }
    await scroll(await browser.newPage({ viewport: WIDE }), `${aws.url}/console/runs?pipeline=many-runs`);
  } finally {
    await browser.close();
    await aws.stop();
    rmSync(directory, { recursive: true, force: true });
  }
}

/** Down to the last of the runs, a screen at a time, with the lengths of frames. */
async function scroll(page: Page, url: string): Promise<void> {
  await visit(page, url, '.virtual-row');
  await page.evaluate(`{
    window.frames_ = [];
    let last = performance.now();
    const frame = (now) => { window.frames_.push(now - last); last = now; requestAnimationFrame(frame); };
    requestAnimationFrame(frame);
  }`);
  const begun = performance.now();
  for (;;) {
    await page.evaluate('window.scrollBy(0, window.innerHeight * 4)');
    await page.waitForTimeout(16);
    const seen = await page.locator('main .hint').last().innerText();
    const end = (await page.evaluate(
      'window.scrollY + window.innerHeight >= document.documentElement.scrollHeight - 4',
    )) as boolean;
    if (end && seen === `${RUNS} runs`) break;
    if (performance.now() - begun > 120_000) throw new Error(`Stuck at: ${seen}`);
  }
  const frames = (await page.evaluate('window.frames_')) as number[];
  const rows = await page.locator('.virtual-row').count();
  say(`scroll through ${RUNS} runs`, ms(performance.now() - begun));
  say(
    'frames: median, 95th percentile',
    `${ms(median(frames))}, ${ms([...frames].sort((a, b) => a - b)[Math.floor(frames.length * 0.95)] ?? 0)}`,
  );
  say('rows drawn at the end', String(rows));
}

void main();
