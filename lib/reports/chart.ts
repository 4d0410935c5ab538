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

/** @param title shown above the chart, and read out */
export function renderChart(
  title: string,
  option: Readonly<Record<string, unknown>>,
  size: ChartSize = {},
): Html {
  const chart = echarts.init(null, null, {
    renderer: 'svg',
    ssr: true,
    width: size.width ?? 480,
    height: size.height ?? 300,
  });
  try {
    chart.setOption({
      animation: false,
      title: { text: title, textStyle: { fontSize: 13 } },
      grid: { left: 48, right: 16, top: 40, bottom: 40 },
      ...option,
      ...withRoom(option),
    });
    const svg = withOwnIds(chart.renderToSVGString());
    return html`<figure role="img" aria-label="${title}">${new Html(svg)}</figure>`;
  } finally {
    chart.dispose();
  }
}

/** Browsers' letters are wider than those the renderer reckons with: names keep a distance, and begin where there is room. */
function withRoom(option: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const { legend, yAxis } = option as Readonly<Record<string, Readonly<Record<string, unknown>> | undefined>>;
  return {
    ...(legend === undefined
      ? {}
      : { legend: { itemGap: 20, textStyle: { padding: [0, 16, 0, 0] }, ...legend } }),
    ...(yAxis?.['name'] === undefined
      ? {}
      : { yAxis: { nameTextStyle: { align: 'left', padding: [0, 0, 0, -32] }, ...yAxis } }),
  };
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
