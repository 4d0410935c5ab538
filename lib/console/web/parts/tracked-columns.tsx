/** Which metrics, params and tags are shown, in the address; views that are kept in this browser. */
import { useState } from 'preact/hooks';
import type { TrackedRow } from '../../views/tracking';
import { setQuery } from '../router';

const FEW = 6;

/** `metrics.auc`, `params.seed`, `tags.team`; without a choice the first metrics. */
export function columnsOf(runs: readonly TrackedRow[], query: URLSearchParams): string[] {
  const chosen = query.get('columns');
  if (chosen !== null) return chosen.split(',').filter((column) => column !== '');
  return all(runs)
    .filter((column) => column.startsWith('metrics.'))
    .slice(0, FEW);
}

function all(runs: readonly TrackedRow[]): string[] {
  const names = (kind: 'metrics' | 'params' | 'tags') =>
    [...new Set(runs.flatMap((run) => Object.keys(run[kind])))].sort().map((name) => `${kind}.${name}`);
  return [...names('metrics'), ...names('params'), ...names('tags')];
}

export function ColumnChoice({
  runs,
  query,
}: {
  readonly runs: readonly TrackedRow[];
  readonly query: URLSearchParams;
}) {
  const shown = columnsOf(runs, query);
  const known = [...new Set([...all(runs), ...shown])];
  const toggle = (column: string) => {
    const next = shown.includes(column) ? shown.filter((one) => one !== column) : [...shown, column];
    setQuery({ columns: next.length === 0 ? ',' : next.join(',') });
  };
  return (
    <details class="columns">
      <summary>
        Columns ({shown.length} of {known.length})
      </summary>
      <div class="column-list">
        {known.map((column) => (
          <label key={column} class="check">
            <input type="checkbox" checked={shown.includes(column)} onChange={() => toggle(column)} />{' '}
            {column}
          </label>
        ))}
      </div>
    </details>
  );
}

const KEPT = ['filter', 'order', 'columns'] as const;

interface SavedView {
  readonly name: string;
  readonly query: Readonly<Record<string, string>>;
}

export function SavedViews({
  experiment,
  onChoose,
}: {
  readonly experiment: string;
  readonly onChoose: () => void;
}) {
  const key = `millrace-views-${experiment}`;
  const [views, setViews] = useState<readonly SavedView[]>(() => readViews(key));
  const save = () => {
    const query = new URLSearchParams(window.location.search);
    const kept = Object.fromEntries(
      KEPT.flatMap((name) => (query.get(name) === null ? [] : [[name, query.get(name) ?? '']])),
    );
    const name = kept['filter'] ?? kept['order'] ?? 'all runs';
    const next = [...views.filter((view) => view.name !== name), { name, query: kept }];
    window.localStorage.setItem(key, JSON.stringify(next));
    setViews(next);
  };
  return (
    <>
      {views.length > 0 && (
        <select
          aria-label="Saved views"
          value=""
          onChange={(event) => {
            const view = views[Number(event.currentTarget.value)];
            if (view === undefined) return;
            setQuery(Object.fromEntries(KEPT.map((name) => [name, view.query[name] ?? null])));
            onChoose();
          }}
        >
          <option value="">Saved views</option>
          {views.map((view, i) => (
            <option key={view.name} value={String(i)}>
              {view.name}
            </option>
          ))}
        </select>
      )}
      <button type="button" class="quiet" onClick={save}>
        Save the view
      </button>
    </>
  );
}

function readViews(key: string): SavedView[] {
  try {
    const value = JSON.parse(window.localStorage.getItem(key) ?? '[]') as unknown;
    return Array.isArray(value) ? (value as SavedView[]) : [];
  } catch {
    return [];
  }
}
