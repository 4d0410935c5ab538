/** How quick a page is in a browser: first paint, when it can be used, what of script was sent for it. */
import type { Browser, Page } from 'playwright-core';
import { WIDE } from '../../test/console/support/browser';

export interface Visit {
  /** First contentful paint, milliseconds. */
  readonly paint: number;
  /** Until what was waited for is there and no task of the main thread has been long for `QUIET_MS`. */
  readonly interactive: number;
  /** The longest time in which the main thread answered nothing; 0 when it never took 50 ms. */
  readonly longest: number;
  /** Processor time of the main thread, milliseconds: it does not depend on what else the machine does. */
  readonly busy: number;
  /** Bytes of script as they were sent, compressed if the server does so. */
  readonly scriptBytes: number;
  readonly requests: number;
}

/** After so long without a long task (50 ms and more) the page answers. */
const QUIET_MS = 500;

/** Within so long what makes a page of use must be there. */
const LIMIT_MS = 120_000;

/** A visit with empty caches. @param selector what makes the page of use */
export async function freshVisit(browser: Browser, url: string, selector: string): Promise<Visit> {
  const context = await browser.newContext({ viewport: WIDE });
  try {
    return await visit(await context.newPage(), url, selector);
  } finally {
    await context.close();
  }
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
  await session.send('Performance.enable', { timeDomain: 'threadTicks' });
  await page.addInitScript(`{
    window.lastLong_ = 0;
    window.longest_ = 0;
    new PerformanceObserver((list) => {
      for (const { startTime, duration } of list.getEntries()) {
        window.lastLong_ = startTime + duration;
        window.longest_ = Math.max(window.longest_, duration);
      }
    }).observe({ type: 'longtask', buffered: true });
  }`);
  await page.goto(url, { timeout: LIMIT_MS });
  await page.waitForSelector(selector, { timeout: LIMIT_MS });
  const there = await ask(page, 'performance.now()');
  // The page's policy refuses what `waitForFunction` does with texts.
  while ((await ask(page, `performance.now() - Math.max(${there}, window.lastLong_)`)) < QUIET_MS) {
    if ((await ask(page, 'performance.now()')) > there + LIMIT_MS)
      throw new Error(`${url} is busy for longer than ${LIMIT_MS / 1000} seconds.`);
    await page.waitForTimeout(50);
  }
  const { metrics } = await session.send('Performance.getMetrics');
  const seconds = metrics.find(({ name }) => name === 'TaskDuration')?.value ?? 0;
  return {
    paint: await ask(page, "performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? 0"),
    interactive: Math.max(there, await ask(page, 'window.lastLong_')),
    longest: await ask(page, 'window.longest_'),
    busy: seconds * 1000,
    scriptBytes,
    requests,
  };
}

async function ask(page: Page, expression: string): Promise<number> {
  return page.evaluate(expression) as Promise<number>;
}
