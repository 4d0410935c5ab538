/** Charts as SVG by echarts' own server-side rendering; only the parts that a report uses are bundled. */
import { createHash } from 'node:crypto';
import { GridComponent, LegendComponent, TitleComponent } from 'echarts/components';
import * as echarts from 'echarts/core';
import { SVGRenderer } from 'echarts/renderers';
import { html, Html } from './html';

echarts.use([GridComponent, LegendComponent, TitleComponent, SVGRenderer]);

/** Makes kinds of charts known that a report draws. A report names its own, so that a bundle holds no others. */
export const useCharts = echarts.use;

export interface ChartSize {
  readonly width?: number;
  readonly height?: number;
}

/** Okabe and Ito's palette, which the colour-blind can tell apart; its yellow is darker, for white paper. It begins again after eight. */
export const COLORS = [
  '#0072b2',
  '#e69f00',
  '#009e73',
  '#d55e00',
  '#cc79a7',
  '#56b4e9',
  '#8a7a00',
  '#444444',
];

/** Pixels between the entries of a legend. */
const ITEM_GAP = 20;

/** Pixels from one line of a legend to the next. */
const LEGEND_LINE = 28;

/**
 * @param title shown above the chart, and read out
 * @param size with a legend of one line; each line more makes the chart higher
 */
export function renderChart(
  title: string,
  option: Readonly<Record<string, unknown>>,
  size: ChartSize = {},
): Html {
  const width = size.width ?? 480;
  const more = (legendLines(option, width) - 1) * LEGEND_LINE;
  const chart = echarts.init(null, null, {
    renderer: 'svg',
    ssr: true,
    width,
    height: (size.height ?? 300) + more,
  });
  try {
    chart.setOption({
      animation: false,
      color: COLORS,
      title: { text: title, textStyle: { fontSize: 13 } },
      grid: { left: 48, right: 16, top: 40, bottom: 40 },
      ...option,
      ...withRoom(option, more),
    });
    const svg = withOwnIds(chart.renderToSVGString());
    return html`<figure role="img" aria-label="${title}">${new Html(svg)}</figure>`;
  } finally {
    chart.dispose();
  }
}

type Part = Readonly<Record<string, unknown>> | undefined;

/**
 * Browsers' letters are wider than those the renderer reckons with: names keep a distance, and begin where there is room.
 * @param more pixels that the legend takes beyond its first line
 */
function withRoom(option: Readonly<Record<string, unknown>>, more: number): Record<string, unknown> {
  const { legend, yAxis, grid, parallel } = option as Readonly<Record<string, Part>>;
  const raised = (part: Part) => ({ ...part, bottom: Number(part?.['bottom'] ?? 40) + more });
  return {
    ...(legend === undefined ? {} : { legend: { itemGap: ITEM_GAP, formatter: padded, ...legend } }),
    ...(yAxis?.['name'] === undefined
      ? {}
      : { yAxis: { nameTextStyle: { align: 'left', padding: [0, 0, 0, -32] }, ...yAxis } }),
    ...(grid === undefined ? {} : { grid: raised(grid) }),
    ...(parallel === undefined ? {} : { parallel: raised(parallel) }),
  };
}

function legendNames({ legend, series }: Readonly<Record<string, unknown>>): string[] {
  const named = (legend as { readonly data?: readonly string[] }).data;
  const names =
    named ?? [series].flat().map((one) => String((one as { readonly name?: unknown }).name ?? ''));
  return [...new Set(names)];
}

/**
 * The longer a name, the further it reaches beyond the room that the renderer gives it; of these spaces it thinks that they
 * are as wide as a letter of Chinese.
 */
function padded(name: string): string {
  return name + '\u00a0'.repeat(spaces(name));
}

const spaces = (name: string): number => Math.ceil(name.length / 12);

/** How many lines the names in a legend take, at least one. */
function legendLines(option: Readonly<Record<string, unknown>>, width: number): number {
  if (option['legend'] === undefined) return 1;
  let lines = 1;
  let taken = 0;
  for (const name of legendNames(option)) {
    // A symbol, and letters of 12 pixels.
    const wide = 30 + 6.6 * name.length + 12 * spaces(name);
    if (taken > 0 && taken + ITEM_GAP + wide > width) {
      lines += 1;
      taken = 0;
    }
    taken += wide + (taken > 0 ? ITEM_GAP : 0);
  }
  return lines;
}

/**
 * The renderer numbers its ids over the life of the process. Here they follow from the chart itself: the same chart has the
 * same bytes, and two charts of a page do not clip each other.
 */
function withOwnIds(svg: string): string {
  const classes = new Map<string, string>();
  const plain = svg
    .replace(/\bzr\d+-cls-\d+/g, (name) => {
      const known = classes.get(name) ?? `zr-cls-${classes.size}`;
      classes.set(name, known);
      return known;
    })
    .replace(/\bzr\d+-/g, 'zr-');
  const id = createHash('sha256').update(plain).digest('hex').slice(0, 8);
  return plain.replace(/\bzr-/g, `zr-${id}-`);
}
