import { html, type Html } from './html';

const ROW = 22;
const LABELS = 190;
const WIDTH = 640;

/** Horizontal bars with their names and values: too little to load a chart for. Negative values lean to the left. */
export function renderBars(
  title: string,
  items: readonly { readonly name: string; readonly value: number }[],
): Html {
  const least = Math.min(0, ...items.map(({ value }) => value));
  const span = Math.max(0, ...items.map(({ value }) => value)) - least || 1;
  const x = (value: number) => LABELS + ((value - least) / span) * (WIDTH - LABELS - 70);
  const short = (name: string) => (name.length > 26 ? `${name.slice(0, 25)}…` : name);
  const row = ({ name, value }: { readonly name: string; readonly value: number }, i: number) => {
    const y = 34 + i * ROW;
    const [from, to] = [Math.min(x(0), x(value)), Math.max(x(0), x(value))];
    return html`<text x="${LABELS - 8}" y="${y + 12}" text-anchor="end">${short(name)}</text>
      <rect
        x="${from.toFixed(1)}"
        y="${y}"
        width="${Math.max(1, to - from).toFixed(1)}"
        height="16"
        fill="#5070dd"
      />
      <text x="${(to + 6).toFixed(1)}" y="${y + 12}" fill="#57606a">${Number(value.toPrecision(3))}</text>`;
  };
  const height = 44 + items.length * ROW;
  return html`<figure role="img" aria-label="${title}">
    <svg
      xmlns="http://www.w3.org/2000/svg"
      width="${WIDTH}"
      height="${height}"
      viewBox="0 0 ${WIDTH} ${height}"
      font-family="sans-serif"
      font-size="12"
    >
      <text x="8" y="18" font-size="13" font-weight="bold">${title}</text>
      ${items.map(row)}
    </svg>
  </figure>`;
}
