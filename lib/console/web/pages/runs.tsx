/** All runs, newest first: only those on the screen are drawn, further ones are asked for on the way down. */
import { useEffect, useState } from 'preact/hooks';
import type { PipelineList } from '../../views/pipelines';
import type { RunPage as Page, RunRow } from '../../views/run-rows';
import { get, pathOf, type ApiError } from '../api';
import { counted, shortRunId } from '../format';
import { useView } from '../live';
import { useNarrow } from '../narrow';
import { Empty, Fault, Loading } from '../parts/states';
import { Status } from '../parts/status';
import { Length, Time } from '../parts/time';
import { VirtualList } from '../parts/virtual-list';
import { Link, place, setQuery } from '../router';
import { useTitle } from '../title';

const PAGE = 200;
const STATUSES = ['running', 'success', 'failed', 'aborted', 'timed_out'];
const TRIGGERS = ['manual', 'schedule', 'backfill', 'object-created', 'dataset', 'pipeline', 'api'];

export function RunsPage({ query }: { readonly query: URLSearchParams }) {
  useTitle('Runs');
  const pipelines = useView<PipelineList>('/pipelines').value?.pipelines ?? [];
  return (
    <>
      <div class="head">
        <h1>Runs</h1>
        <Choice name="pipeline" all="All pipelines" values={pipelines.map(({ id }) => id)} query={query} />
        <Choice name="status" all="Any status" values={STATUSES} query={query} />
        <Choice name="trigger" all="Any trigger" values={TRIGGERS} query={query} />
        <input
          type="search"
          class="search"
          placeholder="Part of a run id"
          aria-label="Part of a run id"
          value={query.get('text') ?? ''}
          onInput={(event) => setQuery({ text: event.currentTarget.value })}
        />
      </div>
      <RunList query={query} />
    </>
  );
}

export function RunList({
  query,
  pipeline,
}: {
  readonly query: URLSearchParams;
  readonly pipeline?: string;
}) {
  const filter = {
    pipeline: pipeline ?? query.get('pipeline') ?? undefined,
    status: query.get('status') ?? undefined,
    trigger: query.get('trigger') ?? undefined,
    text: query.get('text') ?? undefined,
    limit: String(PAGE),
  };
  const path = pathOf('/runs', filter);
  const first = useView<Page>(path);
  const narrow = useNarrow();
  const [older, setOlder] = useState<Older>(NONE);
  useEffect(() => setOlder(NONE), [path]);
  if (first.error !== undefined) return <Fault error={first.error} />;
  if (first.value === undefined) return <Loading rows={8} />;
  // The newest page is live; what is older is as it was when it was asked for.
  const newest = first.value.runs;
  const known = new Set(newest.map(({ runId }) => runId));
  const rows = [...newest, ...older.rows.filter(({ runId }) => !known.has(runId))];
  const next = older.asked ? older.next : first.value.next;
  const more = async () => {
    if (next === null || older.busy) return;
    setOlder({ ...older, busy: true });
    try {
      const page = await get<Page>(pathOf('/runs', { ...filter, cursor: next }));
      setOlder({ rows: [...older.rows, ...page.runs], next: page.next, asked: true, busy: false });
    } catch (error) {
      setOlder({ ...older, busy: false, error: error as ApiError });
    }
  };
  if (rows.length === 0) return <Empty title="No runs match." />;
  return (
    <>
      {older.error !== undefined && <Fault error={older.error} />}
      <VirtualList
        label="Runs"
        items={rows}
        keyOf={(run) => run.runId}
        rowHeight={narrow ? 66 : 40}
        onEnd={() => void more()}
        row={(run) => <Row run={run} withPipeline={pipeline === undefined} />}
      />
      <p class="hint">
        {counted(rows.length, 'run')}
        {next === null ? '' : ', more on the way down'}
      </p>
    </>
  );
}

interface Older {
  readonly rows: readonly RunRow[];
  readonly next: string | null;
  readonly asked: boolean;
  readonly busy: boolean;
  readonly error?: ApiError;
}

const NONE: Older = { rows: [], next: null, asked: false, busy: false };

function Row({ run, withPipeline }: { readonly run: RunRow; readonly withPipeline: boolean }) {
  return (
    <>
      <Status of={run.status} />
      <span class="run-id">
        <Link to={place('runs', run.runId)} title={run.runId}>
          {shortRunId(run.runId)}
        </Link>
      </span>
      {withPipeline && (
        <span class="run-pipeline">
          <Link to={place('pipelines', run.pipeline)}>{run.pipeline}</Link>
        </span>
      )}
      <span class="run-date muted">
        for <Time at={run.logicalDate} />
      </span>
      <span class="run-start">
        <Time at={run.startedAt} />
      </span>
      <span class="run-length">
        <Length from={run.startedAt} to={run.endedAt} />
      </span>
    </>
  );
}

function Choice({
  name,
  all,
  values,
  query,
}: {
  readonly name: string;
  readonly all: string;
  readonly values: readonly string[];
  readonly query: URLSearchParams;
}) {
  return (
    <select
      aria-label={name}
      value={query.get(name) ?? ''}
      onChange={(event) => setQuery({ [name]: event.currentTarget.value })}
    >
      <option value="">{all}</option>
      {values.map((value) => (
        <option key={value} value={value}>
          {value.replaceAll('_', ' ')}
        </option>
      ))}
    </select>
  );
}
