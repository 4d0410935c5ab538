/** What tests of the pages do: open one, look for what is wrong with it, keep a picture. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Page } from 'playwright-core';

/** Folder for pictures of the guide. */
export const PICTURES = process.env['PICTURES'];
/** Folder for pictures of every page from top to bottom, for somebody to look at. */
const LOOK = process.env['LOOK'];

export interface Visited {
  readonly page: Page;
  /** Of the server. */
  readonly url: string;
  /** What the browser has complained about so far. */
  readonly complaints: readonly string[];
}

interface AxeFinding {
  readonly id: string;
  readonly impact: string;
  readonly nodes: readonly { readonly html: string; readonly failureSummary: string }[];
}

/** @param visited asked for with each call */
export function pageTools(visited: () => Visited) {
  const axe = readFileSync(require.resolve('axe-core/axe.min.js'), 'utf8');
  return {
    open: async (path: string): Promise<void> => {
      const { page, url } = visited();
      await page.goto(`${url}/console${path}`);
      await page.waitForSelector('main h1');
      // A plan synthesises.
      await page.waitForFunction(() => document.querySelector('.loading') === null, undefined, {
        timeout: 60_000,
      });
    },

    text: async (selector: string): Promise<string> => {
      return (await visited().page.locator(selector).allInnerTexts()).join('\n');
    },

    /** Nothing that the browser complains about, no text was taken for markup, and nothing is wider than the window. */
    isSound: async (path: string): Promise<void> => {
      const { page, complaints } = visited();
      const taken = await page.evaluate(() => (window as { taken?: unknown }).taken !== undefined);
      const tooWide = await page.evaluate(() => document.documentElement.scrollWidth > window.innerWidth);
      expect({ path, complaints, taken, tooWide }).toEqual({
        path,
        complaints: [],
        taken: false,
        tooWide: false,
      });
    },

    /** What keeps somebody from using the page. @param rule only this one @default all of axe-core */
    barriers: async (path: string, rule?: string): Promise<string[]> => {
      const { page } = visited();
      if (await page.evaluate("typeof axe === 'undefined'")) await page.evaluate(axe);
      const found = await page.evaluate(async (only) => {
        const { violations } = await (
          window as unknown as { axe: { run(options: object): Promise<{ violations: unknown[] }> } }
        ).axe.run(only === undefined ? {} : { runOnly: { type: 'rule', values: [only] } });
        return violations;
      }, rule);
      return (found as AxeFinding[])
        .filter(({ impact }) => impact === 'serious' || impact === 'critical')
        .map(({ id, nodes }) => `${path}: ${id}: ${nodes[0]?.html} ${nodes[0]?.failureSummary}`);
    },

    look: async (name: string): Promise<void> => {
      if (LOOK === undefined) return;
      mkdirSync(LOOK, { recursive: true });
      await visited().page.screenshot({ path: join(LOOK, `${name}.png`), fullPage: true });
    },

    /** As WebP, a third of the size of PNG; nothing without a folder for it. */
    picture: async (name: string): Promise<void> => {
      if (PICTURES === undefined) return;
      const { page } = visited();
      mkdirSync(PICTURES, { recursive: true });
      const session = await page.context().newCDPSession(page);
      const { data } = await session.send('Page.captureScreenshot', { format: 'webp', quality: 82 });
      writeFileSync(join(PICTURES, `${name}.webp`), Buffer.from(data, 'base64'));
      await session.detach();
    },
  };
}

export type PageTools = ReturnType<typeof pageTools>;
