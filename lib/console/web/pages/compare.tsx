/** Tracked runs side by side: what differs, how metrics went, which params go with which results. */
import type { CompareView, TrackedRow } from '../../views/tracking';
import { pathOf } from '../api';
import { counted, number } from '../format';
import { useOnce } from '../live';
import { Curves } from '../parts/curves';
import { Parallel } from '../parts/parallel';
import { Scatter } from '../parts/scatter';
import { Empty, Shown } from '../parts/states';
import { Status } from '../parts/status';
import { Tabs } from '../parts/tabs';
import { Link, place } from '../router';
import { useTitle } from '../title';

export function ComparePage({ query }: { readonly query: URLSearchParams }) {
  useTitle('Compare runs');
  const ids = query.getAll('run');
  const of = query.get('of');
  const view = useOnce<CompareView>(ids.length === 0 ? null : pathOf('/compare', { run: ids }));
  return (
    <>
      <p class="crumbs">
        <Link to={of === null ? place('experiments') : place('experiments', of)}>Experiment</Link> /
      </p>
      <div class="head">
        <h1>Compare {ids.length} runs</h1>
      </div>
      {ids.length === 0 ? (
        <Empty title="No runs are chosen.">Choose some in the table of an experiment.</Empty>
      ) : (
        <Shown view={view}>
          {(comparison) => (
            <Tabs
              query={query}
              tabs={[
                { id: 'table', name: 'Table', content: () => <Table runs={comparison.runs} /> },
                { id: 'curves', name: 'Curves', content: () => <Curves comparison={comparison} /> },
                {
                  id: 'parallel',
                  name: 'Parallel coordinates',
                  content: () => <Parallel runs={comparison.runs} />,
                },
                {
                  id: 'scatter',
                  name: 'Scatter',
                  content: () => <Scatter runs={comparison.runs} query={query} />,
                },
              ]}
            />
          )}
        </Shown>
      )}
    </>
  );
}

function Table({ runs }: { readonly runs: readonly TrackedRow[] }) {
  const params = rowsOf(runs, (run) => run.params);
  const metrics = rowsOf(runs, (run) => run.metrics);
  const same = params.filter((row) => !row.differs).length;
  return (
    <>
      <div class="scroll" tabIndex={0} role="region" aria-label="Comparison">
        <table class="compare">
          <thead>
            <tr>
              <th>Run</th>
              {runs.map((run) => (
                <th key={run.runId} scope="col">
                  <Link to={place('tracked', run.runId)}>{run.name}</Link>
                  <br />
                  <Status of={run.status} />
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            <Section name="Metrics" rows={metrics} span={runs.length + 1} />
            <Section
              name="Params that differ"
              rows={params.filter((row) => row.differs)}
              span={runs.length + 1}
            />
          </tbody>
        </table>
      </div>
      {same > 0 && <p class="hint">The same in all runs: {counted(same, 'param')}.</p>}
    </>
  );
}

interface Row {
  readonly name: string;
  readonly values: readonly (string | number | undefined)[];
  readonly differs: boolean;
}

function rowsOf(
  runs: readonly TrackedRow[],
  of: (run: TrackedRow) => Readonly<Record<string, string | number>>,
): Row[] {
  const names = [...new Set(runs.flatMap((run) => Object.keys(of(run))))].sort();
  return names.map((name) => {
    const values = runs.map((run) => (Object.hasOwn(of(run), name) ? of(run)[name] : undefined));
    return { name, values, differs: new Set(values).size > 1 };
  });
}

function Section({
  name,
  rows,
  span,
}: {
  readonly name: string;
  readonly rows: readonly Row[];
  readonly span: number;
}) {
  if (rows.length === 0) return null;
  return (
    <>
      <tr class="section">
        <th colSpan={span} scope="colgroup">
          {name}
        </th>
      </tr>
      {rows.map((row) => (
        <tr key={row.name}>
          <th scope="row">{row.name}</th>
          {row.values.map((value, i) => (
            <td key={i} class={typeof value === 'number' ? 'num' : 'break'}>
              {number(value)}
            </td>
          ))}
        </tr>
      ))}
    </>
  );
}
