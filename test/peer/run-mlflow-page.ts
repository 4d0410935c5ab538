/**
 * Opens MLflow's own page, as its wheel has it, on this API, as one machine serves it and as an account does:
 * `npm run check:mlflow-ui [-- local | account]`. It needs a wheel of `mlflow` (MILLRACE_PYTHON names an interpreter that has
 * it; else that of `npm run check:mlflow` is taken or made) and Chromium (CHROMIUM names it). It goes through experiments, a
 * run, the chart of a metric, an artifact, a comparison and a version, moves an alias, compares what is shown with the API, and
 * fails on any answer from 400 on and any error of the page. PICTURES=<folder> keeps pictures.
 */
import { join } from 'node:path';
import { mlflowGuest } from '../../lib/mlflow/guest';
import { findPage, PageNotFound } from '../../lib/mlflow/page/find-page';
import { mlflowPage, PAGE_PATH } from '../../lib/mlflow/page/serve-page';
import { chromiumPath, NO_CHROMIUM, openBrowser, WIDE } from '../console/support/browser';
import { startLocalAws } from '../support/local-aws';
import { pythonWith } from './mlflow-environments';
import { startAccountSite } from './mlflow-page/account-site';
import { caller, seed } from './mlflow-page/seed';
import { Tour } from './mlflow-page/tour';
import { runMain } from './run-main';

const PICTURES = process.env['PICTURES'];
const PLACES = ['local', 'account'] as const;
type Place = (typeof PLACES)[number];

async function main(): Promise<number> {
  const asked = process.argv.slice(2);
  const strange = asked.find((place) => !PLACES.some((one) => one === place));
  if (strange !== undefined)
    throw new Error(`There is no place '${strange}': use one of ${PLACES.join(', ')}.`);
  const chromium = chromiumPath();
  if (chromium === undefined) throw new Error(NO_CHROMIUM);
  const folder = pageFolder();
  process.stdout.write(`the page in ${folder}\n`);
  let failed = 0;
  for (const place of PLACES)
    if (asked.length === 0 || asked.includes(place)) failed += await tour(chromium, folder, place);
  process.stdout.write(failed === 0 ? 'All places are right.\n' : `${failed} places are not right.\n`);
  return failed === 0 ? 0 : 1;
}

function pageFolder(): string {
  try {
    return findPage('auto', process.cwd());
  } catch (error) {
    if (!(error instanceof PageNotFound)) throw error;
    // <environment>/bin/python
    return findPage(join(pythonWith('newest'), '..', '..'), process.cwd());
  }
}

async function tour(chromium: string, folder: string, place: Place): Promise<number> {
  process.stdout.write(`as ${place === 'local' ? 'one machine serves it' : 'an account serves it'}\n`);
  const aws = await startLocalAws([mlflowPage(folder), mlflowGuest]);
  const site = place === 'account' ? await startAccountSite(folder) : undefined;
  const browser = await openBrowser(chromium);
  try {
    const seeded = await seed(aws.url);
    const page = await browser.newPage({ viewport: WIDE });
    const home = site === undefined ? `${aws.url}${PAGE_PATH}` : `${site.url}/`;
    const pictures = PICTURES === undefined ? undefined : join(PICTURES, place);
    return await new Tour(page, home, caller(aws.url), seeded, pictures).walk();
  } finally {
    await browser.close();
    await site?.stop();
    await aws.stop();
  }
}

runMain(main);
