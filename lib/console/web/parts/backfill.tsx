/** Runs for the logical dates of a range: what would be run is shown first, then how far it is. */
import { useState } from 'preact/hooks';
import type { BackfillView, PipelineView } from '../../views/pipelines';
import { act, type ApiError } from '../api';
import { words } from '../format';
import { useMayAct } from '../session';
import { Dialog } from './dialog';
import { Empty, Fault } from './states';
import { Time } from './time';
import { toast } from './toasts';

interface Planned {
  readonly id: string;
  readonly dates: readonly { readonly logicalDate: string; readonly action: string }[];
}

export function BackfillPanel({ pipeline }: { readonly pipeline: PipelineView }) {
  const mayAct = useMayAct();
  return (
    <>
      {!pipeline.scheduled && (
        <Empty title="The pipeline has no schedule that gives logical dates.">
          Start single runs of it with params instead.
        </Empty>
      )}
      {pipeline.scheduled && mayAct && <BackfillForm pipeline={pipeline} />}
      {pipeline.backfills.length > 0 && <h3>Backfills</h3>}
      {pipeline.backfills.map((backfill) => (
        <Progress key={backfill.id} pipeline={pipeline.id} backfill={backfill} mayAct={mayAct} />
      ))}
    </>
  );
}

function BackfillForm({ pipeline }: { readonly pipeline: PipelineView }) {
  const [from, setFrom] = useState('');
  const [to, setTo] = useState('');
  const [maxActive, setMaxActive] = useState('1');
  const [reprocess, setReprocess] = useState('none');
  const [stopOnFailure, setStopOnFailure] = useState(false);
  const [planned, setPlanned] = useState<Planned>();
  const [error, setError] = useState<ApiError>();
  const request = {
    action: 'backfill',
    pipeline: pipeline.id,
    from,
    to,
    maxActive: Number(maxActive),
    reprocess,
    ...(stopOnFailure ? { stopOnFailure } : {}),
  };
  const plan = async (event: Event) => {
    event.preventDefault();
    setError(undefined);
    try {
      setPlanned(await act<Planned>({ ...request, dryRun: true }));
    } catch (fault) {
      setError(fault as ApiError);
    }
  };
  const work = planned?.dates.filter(({ action }) => action !== 'leave') ?? [];
  return (
    <form class="inline-form" onSubmit={(event) => void plan(event)}>
      <label class="field">
        <span>First logical date</span>
        <input type="date" required value={from} onInput={(event) => setFrom(event.currentTarget.value)} />
      </label>
      <label class="field">
        <span>Last logical date</span>
        <input type="date" required value={to} onInput={(event) => setTo(event.currentTarget.value)} />
      </label>
      <label class="field">
        <span>Runs at once</span>
        <input
          type="number"
          min="1"
          max="1000"
          required
          value={maxActive}
          onInput={(event) => setMaxActive(event.currentTarget.value)}
        />
      </label>
      <label class="field">
        <span>Dates that had a run</span>
        <select value={reprocess} onChange={(event) => setReprocess(event.currentTarget.value)}>
          <option value="none">leave them</option>
          <option value="failed">again if they failed</option>
          <option value="all">again, all</option>
        </select>
      </label>
      <label class="check">
        <input
          type="checkbox"
          checked={stopOnFailure}
          onChange={(event) => setStopOnFailure(event.currentTarget.checked)}
        />
        <span>Stop at the first failure</span>
      </label>
      <button type="submit" class="primary">
        Show what would run …
      </button>
      {error !== undefined && <Fault error={error} />}
      {planned !== undefined && (
        <Dialog
          title={`Backfill ${pipeline.id}`}
          verb={`Run ${work.length} ${work.length === 1 ? 'date' : 'dates'}`}
          disabled={work.length === 0}
          onClose={() => setPlanned(undefined)}
          onDo={async () => {
            await act({ ...request, confirmed: true });
            toast(`Queued ${work.length} dates of ${pipeline.id}.`);
          }}
        >
          <p>
            {work.length} of {planned.dates.length} dates are run, at most {maxActive} at once.
            {stopOnFailure && ' When one of them has failed, nothing more of it starts.'}
          </p>
          <ul class="plan-list">
            {planned.dates.slice(0, 200).map((date) => (
              <li key={date.logicalDate}>
                <Time at={date.logicalDate} /> <span class="muted">{date.action}</span>
              </li>
            ))}
          </ul>
        </Dialog>
      )}
    </form>
  );
}

function Progress({
  pipeline,
  backfill,
  mayAct,
}: {
  readonly pipeline: string;
  readonly backfill: BackfillView;
  readonly mayAct: boolean;
}) {
  const [asked, setAsked] = useState(false);
  const { queued = 0, running = 0 } = backfill.statuses;
  const done = Object.entries(backfill.statuses)
    .filter(([status]) => status !== 'queued' && status !== 'running')
    .reduce((sum, [, count]) => sum + count, 0);
  return (
    <section class="card backfill" aria-label={`Backfill ${backfill.id}`}>
      <p class="row">
        <b>
          <Time at={backfill.from} /> – <Time at={backfill.to} />
        </b>
        {isOver(backfill) && <span class="tag warn">{backfill.status}</span>}
        <span class="muted">
          by {backfill.by}, <Time at={backfill.createdAt} style="relative" />
        </span>
        {mayAct && queued > 0 && !isOver(backfill) && (
          <button type="button" class="danger small" onClick={() => setAsked(true)}>
            Cancel …
          </button>
        )}
      </p>
      <progress
        max={Math.max(1, backfill.ticks)}
        value={done}
        aria-label={`${done} of ${backfill.ticks} dates`}
      />
      <p class="hint">
        {Object.entries(backfill.statuses)
          .map(([status, count]) => `${count} ${words(status)}`)
          .join(', ') || 'nothing yet'}
        {running + queued === 0 ? '' : ` (${done} of ${backfill.ticks} dates)`}
      </p>
      {asked && (
        <Dialog
          title="Cancel the backfill"
          verb={`Take ${queued} out of the queue`}
          danger
          onClose={() => setAsked(false)}
          onDo={async () => {
            const { removed } = await act<{ removed: number }>({
              action: 'backfill-cancel',
              pipeline,
              id: backfill.id,
            });
            toast(`Took ${removed} runs out of the queue.`);
          }}
        >
          <p>Runs that wait are taken out of the queue. Those that are going on end by themselves.</p>
        </Dialog>
      )}
    </section>
  );
}

/** Nothing more of it starts: somebody cancelled it, or it stops at a failure. */
function isOver({ status }: BackfillView): boolean {
  return status === 'cancelled' || status === 'stopped';
}
