/** Charts as SVG by echarts' own server-side rendering; only the parts that the reports use are bundled. */
import { BarChart, HeatmapChart, LineChart } from 'echarts/charts';
import { GridComponent, LegendComponent, TitleComponent, VisualMapComponent } from 'echarts/components';
import * as echarts from 'echarts/core';
import { SVGRenderer } from 'echarts/renderers';
import { html, Html } from './html';

echarts.use([
  BarChart,
  LineChart,
  HeatmapChart,
  GridComponent,
  LegendComponent,
  TitleComponent,
  VisualMapComponent,
  SVGRenderer,
]);

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
    });
    // The renderer numbers its ids over the life of the process; without that the same chart has the same bytes.
    const svg = chart.renderToSVGString().replace(/\bzr\d+-/g, 'zr-');
    return html`<figure role="img" aria-label="${title}">${new Html(svg)}</figure>`;
  } finally {
    chart.dispose();
  }
}
