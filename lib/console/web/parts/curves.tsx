/** How metrics of tracked runs went, over steps or time. */
import { useState } from 'preact/hooks';
import type { CompareView } from '../../views/tracking';
import { number } from '../format';
import { Chart } from './chart';
import { Empty } from './states';

export function Curves({ comparison }: { readonly comparison: CompareView }) {
  const [overTime, setOverTime] = useState(false);
  const metrics = [...new Set(comparison.curves.map(({ metric }) => metric))];
  if (metrics.length === 0) return <Empty title="No metric was logged at more than one step." />;
  return (
    <>
      <label class="check">
        <input
          type="checkbox"
          checked={overTime}
          onChange={(event) => setOverTime(event.currentTarget.checked)}
        />{' '}
        Over time instead of steps
      </label>
      {metrics.map((metric) => (
        <section key={metric} aria-label={`Curves of ${metric}`}>
          <h3>{metric}</h3>
          <Chart
            label={`${metric} ${overTime ? 'over time' : 'by step'} of ${comparison.runs.length} runs`}
            option={(colors) => ({
              color: [...colors.series],
              legend: { textStyle: { color: colors.text }, type: 'scroll', top: 0 },
              grid: { left: 56, right: 20, top: 34, bottom: 30 },
              tooltip: {
                trigger: 'axis',
                renderMode: 'richText',
                valueFormatter: (value: number) => number(value),
              },
              xAxis: {
                type: overTime ? 'time' : 'value',
                axisLabel: { color: colors.muted },
                axisLine: { lineStyle: { color: colors.line } },
                splitLine: { show: false },
              },
              yAxis: {
                type: 'value',
                scale: true,
                axisLabel: { color: colors.muted },
                splitLine: { lineStyle: { color: colors.line } },
              },
              series: comparison.curves
                .filter((curve) => curve.metric === metric)
                .map((curve) => ({
                  type: 'line',
                  name: comparison.runs[curve.run]?.name ?? '',
                  showSymbol: curve.points.length < 50,
                  data: curve.points.map(([step, time, value]) => [overTime ? time : step, value]),
                })),
            })}
          />
        </section>
      ))}
    </>
  );
}
