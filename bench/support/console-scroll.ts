/** Down to the last of many runs, some screens at a time, with the lengths of frames. */
import type { Page } from 'playwright-core';
import { counted } from '../../lib/console/web/format';
import { visit } from './console-visit';

export interface Scrolled {
  /** From the first move to the last run, milliseconds. */
  readonly ms: number;
  readonly frames: readonly number[];
  /** In the document, at the end. */
  readonly rows: number;
}

/** @param runs that the list has @param limitMs for the way to the last one */
export async function scrollThrough(
  page: Page,
  url: string,
  runs: number,
  limitMs: number,
): Promise<Scrolled> {
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
    if (end && seen === counted(runs, 'run')) break;
    if (performance.now() - begun > limitMs)
      throw new Error(`After ${Math.round(limitMs / 1000)} seconds the list shows: ${seen}`);
  }
  const ms = performance.now() - begun;
  const frames = (await page.evaluate('window.frames_')) as number[];
  return { ms, frames, rows: await page.locator('.virtual-row').count() };
}
