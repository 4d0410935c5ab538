/** Experiments and their runs: searched, sorted, chosen for comparison. */
import { useRef, useState } from 'preact/hooks';
import type { ExperimentRow, TrackedPage as Page, TrackedRow } from '../../views/tracking';
import { pathOf } from '../api';
import { counted, number } from '../format';
import { useView } from '../live';
import { ColumnChoice, columnsOf, SavedViews } from '../parts/tracked-columns';
import { Empty, Fault, Loading, Shown } from '../parts/states';
import { Status } from '../parts/status';
import { Length, Time } from '../parts/time';
import { go, Link, place, setQuery } from '../router';
import { useTitle } from '../title';

export function ExperimentsPage() {
  useTitle('Experiments');
  const view = useView<{ experiments: readonly ExperimentRow[] }>('/experiments');
  return (
    <>
      <div class="head">
        <h1>Experiments</h1>
      </div>
      <Shown view={view}>
        {({ experiments }) =>
          experiments.length === 0 ? (
            <Empty title="Nothing has been tracked yet.">
              Runs of pipelines track themselves; MLflow clients write to the same address.
            </Empty>
          ) : (
            <ul class="cards">
              {experiments.map((experiment) => (
                <li key={experiment.id} class="card line">
                  <h2>
                    <Link to={place('experiments', experiment.id)}>{experiment.name}</Link>
                  </h2>
                  <p class="meta">
                    <span>number {experiment.id}</span>
                    <span>
                      since <Time at={experiment.createdAt} />
                    </span>
                  </p>
                </li>
              ))}
            </ul>
          )
        }
      </Shown>
    </>
  );
}

export function ExperimentPage({ id, query }: { readonly id: string; readonly query: URLSearchParams }) {
  const filter = query.get('filter') ?? '';
  const order = query.get('order') ?? '';
  const [typed, setTyped] = useState(filter);
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set());
  const view = useView<Page>(
    pathOf(`/experiments/${encodeURIComponent(id)}`, { filter, order: order === '' ? [] : [order] }),
  );
  // What was found before stays in sight while something else is searched, and when a filter is wrong.
  const before = useRef<Page | undefined>(undefined);
  if (view.value !== undefined) before.current = view.value;
  const page = before.current;
  useTitle(page?.experiment.name ?? 'Experiment');
  const choose = (runId: string) => {
    const next = new Set(chosen);
    if (!next.delete(runId)) next.add(runId);
    setChosen(next);
  };
  return (
    <>
      <p class="crumbs">
        <Link to={place('experiments')}>Experiments</Link> /
      </p>
      <div class="head">
        <h1>{page?.experiment.name ?? `Experiment ${id}`}</h1>
        <span class="head-actions">
          <button
            type="button"
            class="primary"
            disabled={chosen.size === 0}
            onClick={() => go(pathOf(place('compare'), { run: [...chosen], of: id }))}
          >
            Compare {chosen.size === 0 ? '' : chosen.size}
          </button>
        </span>
      </div>
      <form
        class="filter"
        onSubmit={(event) => {
          event.preventDefault();
          setQuery({ filter: typed });
        }}
      >
        <input
          class="mono"
          aria-label="Filter"
          placeholder="metrics.auc > 0.8 and params.model = 'random-forest'"
          value={typed}
          onInput={(event) => setTyped(event.currentTarget.value)}
        />
        <button type="submit">Search</button>
        <SavedViews
          experiment={id}
          onChoose={() => setTyped(new URLSearchParams(window.location.search).get('filter') ?? '')}
        />
      </form>
      {view.error !== undefined && <Fault error={view.error} />}
      {page === undefined && view.error === undefined && <Loading />}
      {page !== undefined && page.runs.length === 0 && <Empty title="No runs match." />}
      {page !== undefined && page.runs.length > 0 && (
        <RunTable page={page} query={query} order={order} chosen={chosen} onChoose={choose} />
      )}
    </>
  );
}

function RunTable({
  page,
  query,
  order,
  chosen,
  onChoose,
}: {
  readonly page: Page;
  readonly query: URLSearchParams;
  readonly order: string;
  readonly chosen: ReadonlySet<string>;
  readonly onChoose: (runId: string) => void;
}) {
  const columns = columnsOf(page.runs, query);
  return (
    <>
      <ColumnChoice runs={page.runs} query={query} />
      <div class="scroll" tabIndex={0} role="region" aria-label="Tracked runs">
        <table>
          <thead>
            <tr>
              <th>
                <span class="hidden-text">Chosen</span>
              </th>
              <Sortable field="attributes.run_name" name="Run" order={order} />
              <th>State</th>
              <Sortable field="attributes.start_time" name="Started" order={order} />
              <th class="num">Took</th>
              {columns.map((column) => (
                <Sortable
                  key={column}
                  field={quoted(column)}
                  name={column.slice(column.indexOf('.') + 1)}
                  order={order}
                  numeric={column.startsWith('metrics.')}
                />
              ))}
            </tr>
          </thead>
          <tbody>
            {page.runs.map((run) => (
              <tr key={run.runId} class={chosen.has(run.runId) ? 'selected' : ''}>
                <td>
                  <input
                    type="checkbox"
                    aria-label={`Choose ${run.name}`}
                    checked={chosen.has(run.runId)}
                    onChange={() => onChoose(run.runId)}
                  />
                </td>
                <td class={run.parent === null ? '' : 'child'}>
                  <Link to={place('tracked', run.runId)}>{run.name}</Link>
                </td>
                <td>
                  <Status of={run.status} />
                </td>
                <td>
                  <Time at={run.startedAt} />
                </td>
                <td class="num">
                  <Length from={run.startedAt} to={run.endedAt} />
                </td>
                {columns.map((column) => (
                  <td key={column} class={column.startsWith('metrics.') ? 'num' : ''}>
                    {valueOf(run, column)}
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      <p class="hint">
        {counted(page.runs.length, 'run')}
        {page.more ? ', and more: narrow the search to see them' : ''}
      </p>
    </>
  );
}

function Sortable({
  field,
  name,
  order,
  numeric = false,
}: {
  readonly field: string;
  readonly name: string;
  readonly order: string;
  readonly numeric?: boolean;
}) {
  const down = order === `${field} DESC`;
  const up = order === `${field} ASC`;
  const next = down ? `${field} ASC` : up ? '' : `${field} DESC`;
  return (
    <th class={numeric ? 'num' : ''} aria-sort={down ? 'descending' : up ? 'ascending' : 'none'}>
      <button type="button" class="sort" onClick={() => setQuery({ order: next })}>
        {name}
        <span aria-hidden="true">{down ? ' ↓' : up ? ' ↑' : ''}</span>
      </button>
    </th>
  );
}

/** Names with other characters are quoted, as MLflow's grammar asks. */
function quoted(column: string): string {
  const dot = column.indexOf('.');
  const name = column.slice(dot + 1);
  return /^\w+$/.test(name) ? column : `${column.slice(0, dot)}.\`${name}\``;
}

function valueOf(run: TrackedRow, column: string): string {
  const dot = column.indexOf('.');
  const [kind, name] = [column.slice(0, dot), column.slice(dot + 1)];
  if (kind === 'metrics') return number(run.metrics[name]);
  return (kind === 'params' ? run.params[name] : run.tags[name]) ?? '–';
}
