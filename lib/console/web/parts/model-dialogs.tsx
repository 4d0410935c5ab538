/** Promotion and its undoing: what will change is said before it does, and why is asked. */
import { useState } from 'preact/hooks';
import type { ModelVersionView, ModelView } from '../../views/models';
import { act } from '../api';
import { Dialog, Reason } from './dialog';
import { GateResults } from './gates';
import { toast } from './toasts';

export function RollbackDialog({
  model,
  alias,
  onClose,
}: {
  readonly model: ModelView;
  readonly alias: string;
  readonly onClose: () => void;
}) {
  const [reason, setReason] = useState('');
  return (
    <Dialog
      title={`Roll back ${alias} of ${model.name}`}
      verb="Roll back"
      danger
      disabled={reason.trim() === ''}
      onClose={onClose}
      onDo={async () => {
        const done = await act<{ version: string }>({ action: 'rollback', name: model.name, alias, reason });
        toast(`Version ${done.version} of ${model.name} is ${alias} again.`);
      }}
    >
      <p>
        The alias goes back from version {model.aliases[alias]} to the version that had it before, which takes
        over its stage. Whoever serves {alias} gets that version from then on.
      </p>
      <Reason value={reason} onChange={setReason} required />
    </Dialog>
  );
}

const STAGES = ['None', 'Staging', 'Production', 'Archived'] as const;

export function PromoteDialog({
  model,
  version,
  onClose,
}: {
  readonly model: ModelView;
  readonly version: ModelVersionView;
  readonly onClose: () => void;
}) {
  const [alias, setAlias] = useState('champion');
  const [stage, setStage] = useState('');
  const [archive, setArchive] = useState(true);
  const [reason, setReason] = useState('');
  // What the page showed: if another has it meanwhile, nothing is changed.
  const [holders] = useState(model.aliases);
  const holder = holders[alias];
  const archives = archive && (stage === 'Production' || stage === 'Staging');
  return (
    <Dialog
      title={`Promote version ${version.version} of ${model.name}`}
      verb="Promote"
      disabled={reason.trim() === '' || (alias.trim() === '' && stage === '')}
      onClose={onClose}
      onDo={async () => {
        await act({
          action: 'promote',
          name: model.name,
          version: version.version,
          ...(alias.trim() === '' ? {} : { alias: alias.trim(), expected: holder ?? null }),
          ...(stage === '' ? {} : { stage }),
          archiveExisting: archives,
          reason,
        });
        toast(`Promoted version ${version.version} of ${model.name}.`);
      }}
    >
      <label class="field">
        <span>Alias (empty: none)</span>
        <input type="text" value={alias} onInput={(event) => setAlias(event.currentTarget.value)} />
      </label>
      <label class="field">
        <span>Stage</span>
        <select value={stage} onChange={(event) => setStage(event.currentTarget.value)}>
          <option value="">stays {version.stage}</option>
          {STAGES.map((one) => (
            <option key={one} value={one}>
              {one}
            </option>
          ))}
        </select>
      </label>
      {(stage === 'Production' || stage === 'Staging') && (
        <label class="check">
          <input
            type="checkbox"
            checked={archive}
            onChange={(event) => setArchive(event.currentTarget.checked)}
          />{' '}
          Archive the other versions in {stage}
        </label>
      )}
      <p>
        {alias.trim() === ''
          ? ''
          : holder === undefined
            ? `No version is ${alias} now.`
            : holder === version.version
              ? `It is ${alias} already.`
              : `It takes ${alias} from version ${holder}.`}
      </p>
      {(alias.trim() !== '' || stage !== '') && (
        <GateResults
          name={model.name}
          version={version.version}
          {...(alias.trim() === '' ? {} : { alias: alias.trim() })}
          {...(stage === '' ? {} : { stage })}
        />
      )}
      <Reason value={reason} onChange={setReason} required />
    </Dialog>
  );
}
