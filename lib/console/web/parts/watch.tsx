/** What pipelines that watch a model found over time: drift of its features, decay of its metrics. */
import type { WatchSeries, WatchView } from '../../views/watch';
import { number, shortTime, utc } from '../format';
import { useView } from '../live';
import { go, Link, place } from '../router';
import { Chart } from './chart';
import { Empty, Shown } from './states';
import { Time } from './time';

export function Watch({ model }: { readonly model: string }) {
  const view = useView<WatchView>(`/models/${encodeURIComponent(model)}/watch`);
  return (
    <Shown view={view}>
      {({ series }) =>
        series.length === 0 ? (
          <Empty title="No pipeline has watched this model yet.">
            A task detectDrift or measureDecay with watches: '{model}' does.
          </Empty>
        ) : (
          <>
            {series.map((one) => (
              <Series key={`${one.pipeline}/${one.task}`} series={one} />
            ))}
          </>
        )
      }
    </Shown>
  );
}

function Series({ series }: { readonly series: WatchSeries }) {
  const { points, pipeline, task, kind, metric } = series;
  const last = points.at(-1);
  const what = kind === 'decay' ? (metric ?? 'Metric') : 'Share of features that drifted';
  return (
    <section class="card" aria-label={`${what}, by ${pipeline}`}>
      <h3>
        {what}{' '}
        <span class="muted">
          by <Link to={place('pipelines', pipeline)}>{pipeline}</Link>, {task}
        </span>
      </h3>
      {last !== undefined && (
        <p>
          <span class={`tag ${last.alarmed ? 'bad' : 'live'}`}>{last.alarmed ? 'alarm' : 'well'}</span>{' '}
          {last.reason}{' '}
          <span class="muted">
            <Time at={last.logicalDate} />
          </span>
        </p>
      )}
      <Chart
        label={`${what}: ${points.length} values, ${points.filter(({ alarmed }) => alarmed).length} with an alarm`}
        height={220}
        onPick={(index) => {
          const point = points[index];
          if (point !== undefined) go(place('runs', point.runId));
        }}
        option={(colors) => ({
          grid: { left: 60, right: 16, top: 16, bottom: 36 },
          tooltip: {
            trigger: 'axis',
            renderMode: 'richText',
            formatter: (items: unknown) => {
              const point = points[(items as readonly { dataIndex: number }[])[0]?.dataIndex ?? -1];
              return point === undefined
                ? ''
                : `${shortTime(point.logicalDate)}: ${number(point.value)}\n${utc(point.logicalDate)}\n${point.reason}`;
            },
          },
          xAxis: {
            type: 'category',
            data: points.map((point) => shortTime(point.logicalDate)),
            axisLabel: { color: colors.muted, hideOverlap: true },
            axisLine: { lineStyle: { color: colors.line } },
          },
          yAxis: {
            type: 'value',
            scale: kind === 'decay',
            axisLabel: { color: colors.muted },
            splitLine: { lineStyle: { color: colors.line } },
          },
          series: [
            {
              name: what,
              type: 'line',
              symbolSize: 8,
              lineStyle: { color: colors.series[0] ?? colors.text },
              data: points.map((point) => ({
                value: point.value,
                itemStyle: {
                  color: point.alarmed ? colors.status('failed') : (colors.series[0] ?? colors.text),
                },
              })),
            },
            ...(kind === 'decay'
              ? [
                  {
                    name: 'Baseline',
                    type: 'line' as const,
                    symbol: 'none',
                    lineStyle: { color: colors.muted, type: 'dashed' as const },
                    data: points.map((point) => point.baseline),
                  },
                ]
              : []),
          ],
        })}
      />
    </section>
  );
}
