import { ObjectNotFound } from '../../lib/aws/object-errors';
import type { ObjectStore } from '../../lib/aws/object-store';
import { Skipped } from '../../lib/model/errors';
import { renderPagesIndex, type PagesIndex } from '../../lib/reports/pages-index';
import { taskHandler } from '../../lib/runtime/task-handler';
import { publishPages } from '../../lib/tasks/publish-pages';

const TYPES: Readonly<Record<string, string>> = {
  html: 'text/html; charset=utf-8',
  json: 'application/json',
};

/** Pages before their index: whoever reads the index finds what it names. */
export const handler = taskHandler(publishPages, async ({ title }, { objects, run, log }) => {
  const from = `reports/${run.pipeline}/${run.id}/`;
  const to = `reports/${run.pipeline}/latest/`;
  const shown = await shownBefore(objects, `${to}index.json`);
  if (shown !== undefined && shown.logicalDate > run.logicalDate)
    throw new Skipped(`The pages are those of ${shown.runId}, whose date is later; they stay.`);
  const found = await objects.list(from);
  const pages: string[] = [];
  for (const { key } of found) {
    const name = key.slice(from.length);
    const contentType = TYPES[name.split('.').at(-1) ?? ''];
    if (contentType === undefined) continue;
    await objects.putBytes(`${to}${name}`, await objects.getBytes(key), { contentType });
    if (name.endsWith('.html')) pages.push(name);
  }
  const index: PagesIndex = {
    title: title ?? run.pipeline,
    runId: run.id,
    logicalDate: run.logicalDate,
    pages: pages.sort(),
  };
  const report = await objects.putBytes(`${to}index.html`, renderPagesIndex(index), {
    contentType: TYPES['html'],
  });
  await objects.putBytes(`${to}index.json`, JSON.stringify(index), { contentType: TYPES['json'] });
  log.info('Published', { pages: pages.length, at: report.uri });
  return { report, pages };
});

async function shownBefore(objects: ObjectStore, key: string): Promise<PagesIndex | undefined> {
  try {
    return await objects.getJson<PagesIndex>(key);
  } catch (error) {
    if (error instanceof ObjectNotFound) return undefined;
    throw error;
  }
}
