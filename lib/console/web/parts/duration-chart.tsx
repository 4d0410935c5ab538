/** How long runs took, over time, by how they ended. */
import type { RunRow } from '../../views/run-rows';
import { duration, shortTime, utc, words } from '../format';
import { go, place } from '../router';
import { Chart } from './chart';

export function DurationChart({ runs }: { readonly runs: readonly RunRow[] }) {
  const ended = runs
    .filter((run) => run.endedAt !== undefined)
    .sort((a, b) => (a.startedAt < b.startedAt ? -1 : 1));
  const seconds = (run: RunRow) =>
    (Date.parse(run.endedAt ?? run.startedAt) - Date.parse(run.startedAt)) / 1000;
  return (
    <Chart
      label={`Duration of ${ended.length} runs`}
      onPick={(index) => {
        const run = ended[index];
        if (run !== undefined) go(place('runs', run.runId));
      }}
      option={(colors) => ({
        grid: { left: 60, right: 16, top: 16, bottom: 36 },
        tooltip: {
          renderMode: 'richText',
          formatter: (item: unknown) => {
            const run = ended[(item as { dataIndex: number }).dataIndex];
            return run === undefined
              ? ''
              : `${shortTime(run.startedAt)}\n${utc(run.startedAt)}\n${words(run.status)}, ${duration(seconds(run) * 1000)}`;
          },
        },
        xAxis: {
          type: 'category',
          data: ended.map((run) => shortTime(run.startedAt)),
          axisLabel: { color: colors.muted, hideOverlap: true },
          axisLine: { lineStyle: { color: colors.line } },
        },
        yAxis: {
          type: 'value',
          axisLabel: { color: colors.muted, formatter: (value: number) => duration(value * 1000) },
          splitLine: { lineStyle: { color: colors.line } },
        },
        series: [
          {
            type: 'bar',
            barMaxWidth: 22,
            data: ended.map((run) => ({
              value: Math.round(seconds(run) * 1000) / 1000,
              itemStyle: { color: colors.status(run.status), borderRadius: 2 },
            })),
          },
        ],
      })}
    />
  );
}
