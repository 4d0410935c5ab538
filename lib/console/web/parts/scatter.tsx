/** One number of tracked runs against another. */
import type { TrackedRow } from '../../views/tracking';
import { number } from '../format';
import { setQuery } from '../router';
import { Chart } from './chart';
import { type Axis, axesOf } from './run-axes';
import { Empty } from './states';

export function Scatter({
  runs,
  query,
}: {
  readonly runs: readonly TrackedRow[];
  readonly query: URLSearchParams;
}) {
  const axes = axesOf(runs).filter(({ numeric }) => numeric);
  const [first, second] = axes;
  const x = axes.find(({ name }) => name === query.get('x')) ?? first;
  const y = axes.find(({ name }) => name === query.get('y')) ?? axes.at(-1) ?? second;
  if (x === undefined || y === undefined) return <Empty title="There is no number to draw." />;
  const points = runs.filter((run) => x.of(run) !== undefined && y.of(run) !== undefined);
  return (
    <>
      <p class="row">
        <AxisChoice label="Across" name="x" axes={axes} value={x.name} />
        <AxisChoice label="Up" name="y" axes={axes} value={y.name} />
      </p>
      <Chart
        height={360}
        label={`${y.name} against ${x.name} of ${points.length} runs`}
        option={(colors) => ({
          color: [...colors.series],
          grid: { left: 66, right: 24, top: 24, bottom: 48 },
          tooltip: {
            renderMode: 'richText',
            formatter: (item: unknown) => {
              const run = points[(item as { dataIndex: number }).dataIndex];
              return run === undefined
                ? ''
                : `${run.name}\n${x.name} ${number(x.of(run))}\n${y.name} ${number(y.of(run))}`;
            },
          },
          xAxis: {
            type: 'value',
            scale: true,
            name: x.name,
            nameLocation: 'middle',
            nameGap: 28,
            nameTextStyle: { color: colors.text },
            axisLabel: { color: colors.muted },
            splitLine: { lineStyle: { color: colors.line } },
          },
          yAxis: {
            type: 'value',
            scale: true,
            name: y.name,
            nameTextStyle: { color: colors.text, align: 'left' },
            axisLabel: { color: colors.muted },
            splitLine: { lineStyle: { color: colors.line } },
          },
          series: [
            {
              type: 'scatter',
              symbolSize: 12,
              data: points.map((run) => [x.of(run) as number, y.of(run) as number]),
            },
          ],
        })}
      />
    </>
  );
}

function AxisChoice({
  label,
  name,
  axes,
  value,
}: {
  readonly label: string;
  readonly name: string;
  readonly axes: readonly Axis[];
  readonly value: string;
}) {
  return (
    <label class="field-inline">
      {label}{' '}
      <select value={value} onChange={(event) => setQuery({ [name]: event.currentTarget.value })}>
        {axes.map((axis) => (
          <option key={axis.name} value={axis.name}>
            {axis.name}
          </option>
        ))}
      </select>
    </label>
  );
}
