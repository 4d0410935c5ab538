/**
 * How quick the console is: size of its script, first paint and when it can be used, a list of 10,000 runs, a graph of 300 tasks;
 * and `mlflow ui` beside it, over an experiment with as many runs. Needs Chromium, and for MLflow Python: PYTHON names one that
 * has it, else an environment is made once. `npm run bench:console [-- <runs>]`
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import type { Browser, Page } from 'playwright-core';
import { bundleWeb } from '../lib/console/bundle-web';
import { consoleGuest } from '../lib/console/guest';
import { layOut } from '../lib/console/web/parts/layout';
import { createExperiment } from '../lib/tracking/experiments';
import { chromiumPath, NO_CHROMIUM, openBrowser, WIDE } from '../test/console/support/browser';
import { startLocalAws } from '../test/support/local-aws';
import { catalogueOf, MANY_RUNS, putRuns, WIDE_GRAPH, wideGraph } from './support/console-samples';
import { visit, visits, type Visit } from './support/console-visit';
import { mlflowPages } from './support/mlflow-page';
import { seedRuns } from './support/tracking-seed';

const ROOT = join(__dirname, '..');
const RUNS = Number(process.argv[2] ?? 10_000);
const TASKS = 300;
const REPEATS = 7;
const PEER_REPEATS = 3;

const percentile = (values: readonly number[], share: number): number =>
  [...values].sort((a, b) => a - b)[Math.min(values.length - 1, Math.floor(values.length * share))] ?? 0;
const median = (values: readonly number[]): number => percentile(values, 0.5);
const ms = (value: number): string => `${Math.round(value)} ms`;
const kb = (bytes: number): string => `${Math.round(bytes / 1024)} KB`;
const say = (name: string, value: string): void => void process.stdout.write(`${name.padEnd(52)} ${value}\n`);

async function main(): Promise<void> {
  await size();
  await layout();
  const executable = chromiumPath();
  if (executable === undefined) {
    process.stdout.write(`${NO_CHROMIUM}\n`);
    return;
  }
  const browser = await openBrowser(executable);
  try {
    await ours(browser);
    await theirs(browser);
  } finally {
    await browser.close();
  }
}

async function size(): Promise<void> {
  const begun = performance.now();
  const files = await bundleWeb(ROOT);
  say('page made by esbuild, once', ms(performance.now() - begun));
  const scripts = files.filter(({ path }) => path.endsWith('.js'));
  const compressed = (all: typeof files) =>
    all.reduce((sum, { bytes }) => sum + gzipSync(bytes).byteLength, 0);
  say('all script, gzipped', kb(compressed(scripts)));
}

async function layout(): Promise<void> {
  const tasks = wideGraph(TASKS);
  const input = {
    nodes: tasks.map(({ id }) => ({ id, label: id, group: null })),
    edges: tasks.flatMap(({ id, needs }) => needs.map((from) => ({ from, to: id }))),
    groups: [],
    direction: 'LR',
  } as const;
  const times: number[] = [];
  for (let i = 0; i < REPEATS; i++) {
    const begun = performance.now();
    await layOut(input);
    times.push(performance.now() - begun);
  }
  say(`layout of ${TASKS} tasks, ${input.edges.length} edges`, ms(median(times)));
}

async function ours(browser: Browser): Promise<void> {
  const directory = mkdtempSync(join(tmpdir(), 'millrace-bench-'));
  const catalogueFile = join(directory, 'millrace.json');
  writeFileSync(catalogueFile, JSON.stringify(catalogueOf(TASKS)));
  const guest = consoleGuest({
    projectRoot: ROOT,
    catalogueFile,
    cacheDirectory: join(directory, 'console'),
    by: 'bench',
  });
  const aws = await startLocalAws([guest]);
  try {
    await putRuns(RUNS);
    const { id } = await createExperiment('many-runs');
    await seedRuns(id, RUNS);
    const home = `${aws.url}/console`;
    for (const [name, path, selector] of [
      ['pipelines', '/pipelines', '.cards'],
      [`list of ${RUNS} runs`, `/runs?pipeline=${MANY_RUNS}`, '.virtual-row'],
      [`graph of ${TASKS} tasks`, `/pipelines/${WIDE_GRAPH}`, '.g-task'],
      ['experiments', '/experiments', '.cards'],
      [`experiment of ${RUNS} runs`, `/experiments/${id}`, 'tbody tr'],
    ] as const)
      tell(name, await visits(browser, `${home}${path}`, selector, REPEATS));
    await scroll(await browser.newPage({ viewport: WIDE }), `${home}/runs?pipeline=${MANY_RUNS}`);
  } finally {
    await aws.stop();
    rmSync(directory, { recursive: true, force: true });
  }
}

async function theirs(browser: Browser): Promise<void> {
  const found = await mlflowPages(browser, RUNS, PEER_REPEATS);
  if ('reason' in found) {
    process.stdout.write(`mlflow ui is not measured: ${found.reason}\n`);
    return;
  }
  tell(`mlflow ui ${found.version}: experiments`, found.start);
  tell(`mlflow ui: experiment of ${RUNS} runs`, found.runs);
}

function tell(name: string, of: readonly Visit[]): void {
  const [first] = of;
  const middle = (value: (one: Visit) => number) => median(of.map(value));
  say(
    name,
    `first paint ${ms(middle(({ paint }) => paint))}, interactive ${ms(middle(({ interactive }) => interactive))}, script ${kb(first?.scriptBytes ?? 0)}, ${first?.requests ?? 0} requests`,
  );
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
  say(`scroll through ${RUNS} runs`, `${ms(performance.now() - begun)}, ${rows} rows drawn at the end`);
  say('frames: median, 95th percentile', `${ms(median(frames))}, ${ms(percentile(frames, 0.95))}`);
  await page.close();
}

void main();
