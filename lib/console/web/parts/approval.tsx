/** What a run asks a person, and what was answered. */
import { useState } from 'preact/hooks';
import type { ApprovalView } from '../../views/runs';
import { act } from '../api';
import { Link, place } from '../router';
import { useMayAct } from '../session';
import { Dialog } from './dialog';
import { JsonView } from './json-view';
import { emptyForm, readForm, SchemaForm } from './schema-form';
import { Status } from './status';
import { Time } from './time';
import { toast } from './toasts';

export function ApprovalCard({
  approval,
  withRun = false,
}: {
  readonly approval: ApprovalView;
  readonly withRun?: boolean;
}) {
  const [decision, setDecision] = useState<boolean | null>(null);
  const mayAct = useMayAct();
  const { state, details } = approval;
  const hasDetails = typeof details === 'object' && details !== null && Object.keys(details).length > 0;
  return (
    <section class="card approval" aria-label={`Decision ${approval.task}`}>
      <p class="row">
        <Status of={state} note={`decision at ${approval.task}`} />
        {withRun && <Link to={place('runs', approval.runId)}>{approval.runId}</Link>}
      </p>
      <p class="prompt">{approval.prompt}</p>
      {hasDetails && <JsonView value={details} />}
      {approval.decision !== null ? (
        <p>
          {approval.decision.approved ? 'Approved' : 'Rejected'} by {approval.decision.by}
          {approval.decision.comment === '' ? '' : `: ${approval.decision.comment}`}
        </p>
      ) : (
        <p class="hint">
          Asked <Time at={approval.requestedAt} style="relative" />, expires{' '}
          <Time at={approval.expiresAt} style="relative" />
        </p>
      )}
      {state === 'pending' && mayAct && (
        <p class="row">
          <button type="button" class="primary" onClick={() => setDecision(true)}>
            Approve …
          </button>
          <button type="button" class="danger" onClick={() => setDecision(false)}>
            Reject …
          </button>
        </p>
      )}
      {decision !== null && (
        <Decide approval={approval} approved={decision} onClose={() => setDecision(null)} />
      )}
    </section>
  );
}

function Decide({
  approval,
  approved,
  onClose,
}: {
  readonly approval: ApprovalView;
  readonly approved: boolean;
  readonly onClose: () => void;
}) {
  const [form, setForm] = useState(() => emptyForm(approval.form));
  const [comment, setComment] = useState('');
  const { values, faults } = readForm(approval.form, form);
  const decide = async () => {
    await act({
      action: 'decide',
      runId: approval.runId,
      task: approval.task,
      approved,
      ...(comment === '' ? {} : { comment }),
      ...(approved ? { values } : {}),
    });
    toast(`${approval.task} is ${approved ? 'approved' : 'rejected'}.`);
  };
  return (
    <Dialog
      title={approved ? 'Approve' : 'Reject'}
      verb={approved ? 'Approve' : 'Reject'}
      danger={!approved}
      disabled={approved && Object.keys(faults).length > 0}
      onClose={onClose}
      onDo={decide}
    >
      <p>{approval.prompt}</p>
      <p class="hint">A decision stands: it cannot be taken back.</p>
      {approved && <SchemaForm schema={approval.form} value={form} faults={faults} onChange={setForm} />}
      <label class="field">
        <span>Comment (optional)</span>
        <textarea rows={2} value={comment} onInput={(event) => setComment(event.currentTarget.value)} />
      </label>
    </Dialog>
  );
}
