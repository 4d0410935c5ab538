/** The parts of ECharts that are used, and nothing else of it. */
import { BarChart, LineChart, ParallelChart, ScatterChart } from 'echarts/charts';
import {
  DataZoomComponent,
  GridComponent,
  LegendComponent,
  ParallelComponent,
  TooltipComponent,
} from 'echarts/components';
import { init, use, type EChartsCoreOption } from 'echarts/core';
import { CanvasRenderer } from 'echarts/renderers';

use([
  BarChart,
  LineChart,
  ParallelChart,
  ScatterChart,
  DataZoomComponent,
  GridComponent,
  LegendComponent,
  ParallelComponent,
  TooltipComponent,
  CanvasRenderer,
]);

export type ChartOption = EChartsCoreOption;

/** Returns how it is taken away again. It follows the size of its place and the theme. */
export function draw(
  place: HTMLElement,
  option: () => ChartOption,
  onPick: ((index: number) => void) | undefined,
): () => void {
  const chart = init(place, null, { renderer: 'canvas' });
  const redraw = () => chart.setOption({ animation: false, ...option() } as ChartOption, { notMerge: true });
  redraw();
  if (onPick !== undefined) chart.on('click', ({ dataIndex }) => onPick(dataIndex));
  const sized = new ResizeObserver(() => chart.resize());
  sized.observe(place);
  const themed = new MutationObserver(redraw);
  themed.observe(document.documentElement, { attributeFilter: ['data-theme'] });
  const system = window.matchMedia('(prefers-color-scheme: dark)');
  system.addEventListener('change', redraw);
  return () => {
    sized.disconnect();
    themed.disconnect();
    system.removeEventListener('change', redraw);
    chart.dispose();
  };
}
