/** What people do to a run. What will be run again is shown before it is. */
import { useState } from 'preact/hooks';
import type { RerunPreview, RunDetail } from '../../views/runs';
import type { Json } from '../../../model/json';
import { act, ApiError, pathOf } from '../api';
import { useOnce } from '../live';
import { useMayAct } from '../session';
import { Dialog, Reason } from './dialog';
import { Shown } from './states';
import { toast } from './toasts';

export function RunActions({ run }: { readonly run: RunDetail }) {
  const [open, setOpen] = useState<'rerun' | 'cancel' | null>(null);
  if (!useMayAct()) return null;
  const close = () => setOpen(null);
  return (
    <span class="head-actions">
      {run.status === 'running' ? (
        <button type="button" class="danger" onClick={() => setOpen('cancel')}>
          Cancel …
        </button>
      ) : (
        <button type="button" onClick={() => setOpen('rerun')}>
          Rerun …
        </button>
      )}
      {open === 'rerun' && <RerunDialog run={run} clear={[]} onClose={close} />}
      {open === 'cancel' && <CancelDialog run={run} onClose={close} />}
    </span>
  );
}

/** @param clear tasks whose results are forgotten; none: only what did not succeed runs */
export function RerunDialog({
  run,
  clear,
  onClose,
}: {
  readonly run: RunDetail;
  readonly clear: readonly string[];
  readonly onClose: () => void;
}) {
  const [only, setOnly] = useState(false);
  const [all, setAll] = useState(false);
  const [why, setWhy] = useState('');
  const wanted = all ? run.tasks.map(({ id }) => id) : clear;
  const preview = useOnce<RerunPreview>(
    pathOf(`/runs/${encodeURIComponent(run.runId)}/rerun`, { task: wanted, only: only ? 'true' : undefined }),
  );
  const again = async () => {
    await act({
      action: 'rerun',
      runId: run.runId,
      clear: all ? 'all' : (preview.value?.cleared ?? []),
      ...(why === '' ? {} : { why }),
    });
    toast(`${run.runId} runs again.`);
  };
  const title = clear.length === 0 ? 'Rerun' : `Clear ${clear.join(', ')}`;
  return (
    <Dialog
      title={title}
      verb={clear.length === 0 ? 'Rerun' : 'Clear and rerun'}
      disabled={preview.value === undefined}
      onClose={onClose}
      onDo={again}
    >
      {clear.length > 0 && (
        <label class="check">
          <input type="checkbox" checked={only} onChange={(event) => setOnly(event.currentTarget.checked)} />{' '}
          This task alone, not those after it
        </label>
      )}
      {clear.length === 0 && (
        <label class="check">
          <input type="checkbox" checked={all} onChange={(event) => setAll(event.currentTarget.checked)} />{' '}
          From the beginning: results that succeeded are forgotten
        </label>
      )}
      <Shown view={preview}>{(plan) => <Plan plan={plan} />}</Shown>
      <Reason value={why} onChange={setWhy} />
    </Dialog>
  );
}

function Plan({ plan }: { readonly plan: RerunPreview }) {
  const runs = plan.tasks.filter((task) => task.action === 'run');
  const kept = plan.tasks.length - runs.length;
  return (
    <div class="plan">
      <p>
        <b>{runs.length}</b> {runs.length === 1 ? 'task' : 'tasks'} may run again, <b>{kept}</b> keep their
        results.
      </p>
      <ul>
        {runs.map(({ id, why }) => (
          <li key={id}>
            <code>{id}</code> <span class="muted">{why}</span>
          </li>
        ))}
      </ul>
    </div>
  );
}

function CancelDialog({ run, onClose }: { readonly run: RunDetail; readonly onClose: () => void }) {
  const [why, setWhy] = useState('');
  const cancel = async () => {
    await act({ action: 'cancel', runId: run.runId, pipeline: run.pipeline, ...(why === '' ? {} : { why }) });
    toast(`Cancelled ${run.runId}.`);
  };
  return (
    <Dialog title="Cancel the run" verb="Cancel the run" danger onClose={onClose} onDo={cancel}>
      <p>
        Tasks that are at work are stopped. What succeeded keeps its result, so that a rerun goes on from
        there.
      </p>
      <Reason value={why} onChange={setWhy} />
    </Dialog>
  );
}

export function MarkDialog({
  run,
  task,
  onClose,
}: {
  readonly run: RunDetail;
  readonly task: string;
  readonly onClose: () => void;
}) {
  const [status, setStatus] = useState<'success' | 'failed'>('success');
  const [out, setOut] = useState('null');
  const [why, setWhy] = useState('');
  const mark = async () => {
    let value: Json;
    try {
      value = JSON.parse(out) as Json;
    } catch {
      throw new ApiError(400, 'Input', 'The output is no JSON.', 'Write null when nothing reads it.');
    }
    await act({
      action: 'mark',
      runId: run.runId,
      task,
      status,
      ...(status === 'success' && value !== null ? { out: value } : {}),
      ...(why === '' ? {} : { why }),
    });
    toast(`${task} counts as ${status}.`);
  };
  return (
    <Dialog title={`Mark ${task}`} verb={`Mark as ${status}`} onClose={onClose} onDo={mark}>
      <p>Says how the task counts from now on; nothing is run. A rerun goes on with it.</p>
      <label class="field">
        <span>Counts as</span>
        <select
          value={status}
          onChange={(event) => setStatus(event.currentTarget.value as 'success' | 'failed')}
        >
          <option value="success">success</option>
          <option value="failed">failed</option>
        </select>
      </label>
      {status === 'success' && (
        <label class="field">
          <span>Output that tasks after it read (JSON)</span>
          <textarea
            class="mono"
            rows={3}
            value={out}
            onInput={(event) => setOut(event.currentTarget.value)}
          />
        </label>
      )}
      <Reason value={why} onChange={setWhy} />
    </Dialog>
  );
}
