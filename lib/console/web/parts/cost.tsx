/** What the latest runs cost, by service, and of each what it was spent on. */
import type { CostsView, PriceTable, RunCostDetail, RunCostView } from '../../views/costs';
import { pathOf } from '../api';
import { money, number, shortTime, utc } from '../format';
import { useOnce } from '../live';
import { go, Link, place } from '../router';
import { Chart } from './chart';
import { Fact } from './fact';
import { Empty, Shown } from './states';
import { Status } from './status';
import { Time } from './time';

const LATEST = '50';

/** What lines of a cost are drawn together. */
const SERVICES: readonly (readonly [name: string, pattern: RegExp])[] = [
  ['Step Functions', /^Step Functions/],
  ['Lambda', /^Lambda/],
  ['Fargate', /^Fargate/],
  ['Other services', /./],
];

export function CostPanel({ pipeline }: { readonly pipeline: string }) {
  const path = pathOf(`/pipelines/${encodeURIComponent(pipeline)}/costs`, { limit: LATEST });
  const view = useOnce<CostsView>(path);
  return <Shown view={view}>{(costs) => <Costs costs={costs} />}</Shown>;
}

function Costs({ costs }: { readonly costs: CostsView }) {
  const known = costs.runs.filter(({ cost }) => cost !== null);
  if (costs.runs.length === 0) return <Empty title="No run has ended yet." />;
  const unpriced = [...new Set(costs.runs.flatMap((run) => run.unpriced))];
  return (
    <>
      <dl class="facts tight">
        <Fact name="Median of a run">{money(costs.median)}</Fact>
        <Fact name={`The latest ${known.length} together`}>{money(costs.sum)}</Fact>
        <Fact name="Prices">{priceWords(costs)}</Fact>
      </dl>
      {known.length > 0 && <CostChart runs={[...known].reverse()} />}
      <p class="hint">
        From the transitions, calls and requests of each execution, and the time and memory of its tasks; what
        is kept is not counted.
        {unpriced.length > 0 && ` Besides, with prices of their own: ${unpriced.join(', ')}.`}
      </p>
      <div class="scroll" tabIndex={0} role="region" aria-label="Cost of runs">
        <table>
          <thead>
            <tr>
              <th>Run</th>
              <th>Ended</th>
              <th>Started</th>
              <th class="num">Transitions</th>
              <th class="num">Lambda GB-s</th>
              <th class="num">Cost</th>
            </tr>
          </thead>
          <tbody>
            {costs.runs.map((run) => (
              <tr key={run.runId}>
                <td>
                  <Link to={place('runs', run.runId)}>{run.runId}</Link>
                </td>
                <td>
                  <Status of={run.status} />
                </td>
                <td>
                  <Time at={run.startedAt} />
                </td>
                <td class="num">{number(quantityOf(run, 'Step Functions'))}</td>
                <td class="num">{number(quantityOf(run, 'Lambda compute'))}</td>
                <td class="num" title={run.cost === null ? 'Its history is gone' : linesOf(run)}>
                  {money(run.cost)}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </>
  );
}

/** Of one run that has ended, in a word, with the rest on hover. */
export function RunCost({ runId }: { readonly runId: string }) {
  const { value } = useOnce<RunCostDetail>(`/runs/${encodeURIComponent(runId)}/cost`);
  if (value === undefined || value.cost === null) return <>–</>;
  return <span title={`${linesOf(value)}\n${priceWords(value)}`}>{money(value.cost)}</span>;
}

function CostChart({ runs }: { readonly runs: readonly RunCostView[] }) {
  const series = SERVICES.map(([name], i) => ({
    name,
    data: runs.map((run) =>
      run.lines.reduce((sum, line) => (serviceOf(line.item) === i ? sum + line.cost : sum), 0),
    ),
  })).filter(({ data }) => data.some((cost) => cost > 0));
  return (
    <Chart
      label={`Cost of ${runs.length} runs`}
      height={240}
      onPick={(index) => {
        const run = runs[index];
        if (run !== undefined) go(place('runs', run.runId));
      }}
      option={(colors) => ({
        grid: { left: 76, right: 16, top: 34, bottom: 32 },
        legend: { top: 0, left: 0, textStyle: { color: colors.text }, itemWidth: 14 },
        tooltip: {
          renderMode: 'richText',
          formatter: (item: unknown) => {
            const { dataIndex, seriesName, value } = item as {
              dataIndex: number;
              seriesName: string;
              value: number;
            };
            const run = runs[dataIndex];
            return run === undefined
              ? ''
              : `${shortTime(run.startedAt)}: ${money(run.cost)}\n${utc(run.startedAt)}\n${seriesName}: ${money(value)}`;
          },
        },
        xAxis: {
          type: 'category',
          data: runs.map((run) => shortTime(run.startedAt)),
          axisLabel: { color: colors.muted, hideOverlap: true },
          axisLine: { lineStyle: { color: colors.line } },
        },
        yAxis: {
          type: 'value',
          axisLabel: { color: colors.muted, formatter: (value: number) => money(value) },
          splitLine: { lineStyle: { color: colors.line } },
        },
        series: series.map(({ name, data }, i) => ({
          type: 'bar',
          stack: 'cost',
          barMaxWidth: 22,
          name,
          data,
          itemStyle: { color: colors.series[i] ?? colors.muted },
        })),
      })}
    />
  );
}

function serviceOf(item: string): number {
  return SERVICES.findIndex(([, pattern]) => pattern.test(item));
}

function quantityOf(run: RunCostView, item: string): number | null {
  if (run.cost === null) return null;
  return run.lines.find((line) => line.item === item)?.quantity ?? 0;
}

function linesOf(run: RunCostView): string {
  return [
    ...run.lines.map((line) => `${line.item}: ${number(line.quantity)} ${line.unit}, ${money(line.cost)}`),
    ...run.unpriced.map((name) => `${name}: not counted`),
  ].join('\n');
}

function priceWords({ region, asOf, architecture }: PriceTable): string {
  return `${region}, ${asOf}, ${architecture}, no free tier`;
}
