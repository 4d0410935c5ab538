/** How quick a page is in a browser: first paint, when it can be used, what of script was sent for it. */
import type { Browser, Page } from 'playwright-core';
import { WIDE } from '../../test/console/support/browser';

export interface Visit {
  /** First contentful paint, milliseconds. */
  readonly paint: number;
  /** Until what was waited for is there and no task of the main thread has been long for `QUIET_MS`. */
  readonly interactive: number;
  /** Bytes of script as they were sent, compressed if the server does so. */
  readonly scriptBytes: number;
  readonly requests: number;
}

/** After so long without a long task (50 ms and more) the page answers. */
const QUIET_MS = 500;

/** Visits with empty caches, one after the other. @param selector what makes the page of use */
export async function visits(
  browser: Browser,
  url: string,
  selector: string,
  repeats: number,
): Promise<Visit[]> {
  const found: Visit[] = [];
  for (let i = 0; i < repeats; i++) {
    const context = await browser.newContext({ viewport: WIDE });
    try {
      found.push(await visit(await context.newPage(), url, selector));
    } finally {
      await context.close();
    }
  }
  return found;
}

export async function visit(page: Page, url: string, selector: string): Promise<Visit> {
  const session = await page.context().newCDPSession(page);
  const scripts = new Set<string>();
  let scriptBytes = 0;
  let requests = 0;
  session.on('Network.responseReceived', ({ requestId, type }) => {
    requests++;
    if (type === 'Script') scripts.add(requestId);
  });
  session.on('Network.loadingFinished', ({ requestId, encodedDataLength }) => {
    if (scripts.has(requestId)) scriptBytes += encodedDataLength;
  });
  await session.send('Network.enable');
  await page.addInitScript(`{
    window.lastLong_ = 0;
    new PerformanceObserver((list) => {
      for (const { startTime, duration } of list.getEntries()) window.lastLong_ = startTime + duration;
    }).observe({ type: 'longtask', buffered: true });
  }`);
  await page.goto(url);
  await page.waitForSelector(selector, { timeout: 120_000 });
  const there = await ask(page, 'performance.now()');
  // The page's policy refuses what `waitForFunction` does with texts.
  while ((await ask(page, `performance.now() - Math.max(${there}, window.lastLong_)`)) < QUIET_MS)
    await page.waitForTimeout(50);
  return {
    paint: await ask(page, "performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? 0"),
    interactive: Math.max(there, await ask(page, 'window.lastLong_')),
    scriptBytes,
    requests,
  };
}

async function ask(page: Page, expression: string): Promise<number> {
  return page.evaluate(expression) as Promise<number>;
}
