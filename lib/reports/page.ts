import { html, Html } from './html';

export interface Section {
  readonly heading: string;
  readonly body: Html;
}

/** A whole page without anything from elsewhere: readable on a phone, on paper, in the dark. */
export function renderPage(page: {
  readonly title: string;
  readonly subtitle?: string;
  readonly sections: readonly Section[];
}): string {
  const id = (i: number) => `s${i}`;
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <title>${page.title}</title>
        <style>
          ${new Html(STYLE)}
        </style>
      </head>
      <body>
        <header>
          <h1>${page.title}</h1>
          <p>${page.subtitle ?? ''}</p>
          <nav>${page.sections.map((section, i) => html`<a href="#${id(i)}">${section.heading}</a> `)}</nav>
        </header>
        <main>
          ${page.sections.map(
            (section, i) =>
              html`<section id="${id(i)}">
                <h2>${section.heading}</h2>
                ${section.body}
              </section>`,
          )}
        </main>
      </body>
    </html> `.text;
}

/** A table; cells that are numbers align right. */
export function renderTable(head: readonly string[], rows: readonly (readonly unknown[])[]): Html {
  const cell = (value: unknown) =>
    typeof value === 'number'
      ? html`<td class="n">${Number.isInteger(value) ? value : fiveDigits(value)}</td>`
      : html`<td>${value}</td>`;
  // The head of a column of numbers stands above them.
  const numeric = head.map((_, i) => rows.some((row) => typeof row[i] === 'number'));
  return html`<div class="scroll">
    <table>
      <thead>
        <tr>
          ${head.map((name, i) => (numeric[i] ? html`<th class="n">${name}</th>` : html`<th>${name}</th>`))}
        </tr>
      </thead>
      <tbody>
        ${rows.map(
          (row) =>
            html`<tr>
              ${row.map(cell)}
            </tr>`,
        )}
      </tbody>
    </table>
  </div>`;
}

/** What is nearly nothing needs no five digits. */
function fiveDigits(value: number): string {
  return Math.abs(value) < 1e-4 ? value.toExponential(1) : value.toPrecision(5);
}

const STYLE = `:root{color-scheme:light dark;--ink:#1b1f24;--dim:#57606a;--line:#d0d7de;--ground:#fff;--good:#1a7f37;--bad:#cf222e}
@media (prefers-color-scheme:dark){:root{--ink:#e6edf3;--dim:#9198a1;--line:#3d444d;--ground:#0d1117;--good:#3fb950;--bad:#f85149}}
body{font:15px/1.5 ui-sans-serif,system-ui,sans-serif;color:var(--ink);background:var(--ground);max-width:1100px;margin:0 auto;padding:16px}
h1{font-size:1.5rem;margin:.2em 0}h2{font-size:1.15rem;border-bottom:1px solid var(--line);padding-bottom:.2em;margin-top:2em}
header p{color:var(--dim);margin:.2em 0}nav a{margin-right:1em;color:inherit}
.scroll{overflow-x:auto}table{border-collapse:collapse;margin:.5em 0}th,td{padding:.25em .8em .25em 0;text-align:left;border-bottom:1px solid var(--line);vertical-align:top}
th{color:var(--dim);font-weight:600}td.n,th.n{text-align:right}td.n{white-space:nowrap;font-variant-numeric:tabular-nums}.good{color:var(--good)}.bad{color:var(--bad)}
.charts{display:flex;flex-wrap:wrap;align-items:flex-start;gap:16px}.charts figure{margin:0;background:#fff;color:#1b1f24;border:1px solid var(--line);border-radius:6px;padding:4px;max-width:100%;overflow-x:auto}
svg{max-width:100%;height:auto}`;
