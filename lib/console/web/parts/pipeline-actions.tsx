/** What people do to a pipeline: start a run of it, let it rest, let it go on. */
import { useState } from 'preact/hooks';
import type { PipelineRow } from '../../views/pipelines';
import { act } from '../api';
import { go, place } from '../router';
import { useMayAct } from '../session';
import { Dialog, Reason } from './dialog';
import { emptyForm, readForm, SchemaForm } from './schema-form';
import { toast } from './toasts';

export function TriggerButton({ pipeline }: { readonly pipeline: PipelineRow }) {
  const [open, setOpen] = useState(false);
  if (!useMayAct() || !pipeline.deployed) return null;
  return (
    <>
      <button type="button" onClick={() => setOpen(true)}>
        Run<span class="hidden-text"> {pipeline.id}</span> …
      </button>
      {open && <TriggerDialog pipeline={pipeline} onClose={() => setOpen(false)} />}
    </>
  );
}

function TriggerDialog({
  pipeline,
  onClose,
}: {
  readonly pipeline: PipelineRow;
  readonly onClose: () => void;
}) {
  const { paramsSchema: schema } = pipeline;
  const [form, setForm] = useState(() => emptyForm(schema));
  const [cache, setCache] = useState(true);
  // However often the button is pressed, it is one run.
  const [token] = useState(() => crypto.randomUUID());
  const { values, faults } = readForm(schema, form);
  const start = async () => {
    const started = await act<{ runId: string; queued?: boolean }>({
      action: 'start',
      pipeline: pipeline.id,
      params: values,
      token,
      ...(cache ? {} : { cache }),
    });
    toast(started.queued === true ? `Queued ${started.runId}` : `Started ${started.runId}`);
    go(started.queued === true ? place('pipelines', pipeline.id) : place('runs', started.runId));
  };
  return (
    <Dialog
      title={`Run ${pipeline.id}`}
      verb="Start the run"
      disabled={Object.keys(faults).length > 0}
      onClose={onClose}
      onDo={start}
    >
      {pipeline.paused && <p class="hint">The pipeline is paused: the run waits until it is resumed.</p>}
      <SchemaForm schema={schema} value={form} faults={faults} onChange={setForm} />
      <label class="check">
        <input type="checkbox" checked={cache} onChange={(event) => setCache(event.currentTarget.checked)} />{' '}
        Use results of earlier runs where a task allows it
      </label>
    </Dialog>
  );
}

export function PauseButton({ pipeline }: { readonly pipeline: PipelineRow }) {
  const [open, setOpen] = useState(false);
  const [why, setWhy] = useState('');
  if (!useMayAct()) return null;
  const verb = pipeline.paused ? 'Resume' : 'Pause';
  const change = async () => {
    await act({
      action: pipeline.paused ? 'resume' : 'pause',
      pipeline: pipeline.id,
      ...(why === '' ? {} : { why }),
    });
    toast(`${pipeline.id} is ${pipeline.paused ? 'active' : 'paused'}.`);
    setWhy('');
  };
  return (
    <>
      <button type="button" class="quiet" onClick={() => setOpen(true)}>
        {verb}
        <span class="hidden-text"> {pipeline.id}</span>
      </button>
      {open && (
        <Dialog title={`${verb} ${pipeline.id}`} verb={verb} onClose={() => setOpen(false)} onDo={change}>
          <p>
            {pipeline.paused
              ? 'The schedule goes on, and runs that wait are started.'
              : 'The schedule starts nothing, and new runs wait. Runs that are going on end by themselves.'}
          </p>
          <Reason value={why} onChange={setWhy} />
        </Dialog>
      )}
    </>
  );
}

/** By whom it was paused and why, while it is. */
export function PausedBecause({ pipeline }: { readonly pipeline: PipelineRow }) {
  const { paused, pausedBy, pausedWhy } = pipeline;
  if (!paused || pausedWhy === null) return null;
  return (
    <p class="hint">
      Paused by {pausedBy}: {pausedWhy}
    </p>
  );
}
