/** What stands where on a page, to be held against what the API tells. */

/** Texts that stand together in one place, for each place. */
export type Places = readonly (readonly string[])[];

/** Everything that one place of a page shows or says to who cannot see it, a line each. For the browser. */
export const READ_PLACES = `(() => {
  const places = 'tr, li, dl > div, section, .card, .side, p, pre, summary, .json-leaf, .virtual-row, .chart, iframe, svg g, svg rect, a.cell';
  const said = (one) => ['aria-label', 'title', 'datetime'].map((name) => one.getAttribute(name) ?? '').join(' ');
  const plain = (text) => text.replace(/\\s+/g, ' ');
  return [...document.querySelectorAll('main :is(' + places + ')')].map((one) =>
    plain([one.textContent, said(one), ...[...one.querySelectorAll('*')].map(said)].join(' ')),
  );
})()`;

/** What stands nowhere. @param shown as `READ_PLACES` gives it */
export function missingOf(places: Places, shown: readonly string[]): Places {
  const plain = (text: string) => text.replace(/\s+/g, ' ');
  return places.filter((wanted) => !shown.some((line) => wanted.every((text) => line.includes(plain(text)))));
}
