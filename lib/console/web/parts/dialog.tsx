/** A question with a form: what will be done is said before it is done. */
import type { ComponentChildren } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import type { ApiError } from '../api';
import { Fault } from './states';

export interface DialogProps {
  readonly title: string;
  /** On the button: `Pause`, `Promote version 3`. */
  readonly verb: string;
  readonly danger?: boolean;
  readonly disabled?: boolean;
  readonly onClose: () => void;
  /** Closes when it is done; a refusal is shown. */
  readonly onDo: () => Promise<void>;
  readonly children?: ComponentChildren;
}

export function Dialog({
  title,
  verb,
  danger = false,
  disabled = false,
  onClose,
  onDo,
  children,
}: DialogProps) {
  const dialog = useRef<HTMLDialogElement>(null);
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<ApiError>();
  useEffect(() => {
    const shown = dialog.current;
    if (shown !== null && !shown.open) shown.showModal();
  }, []);
  const submit = async (event: Event) => {
    event.preventDefault();
    if (busy || disabled) return;
    setBusy(true);
    setError(undefined);
    try {
      await onDo();
      onClose();
    } catch (fault) {
      setError(fault as ApiError);
      setBusy(false);
    }
  };
  return (
    <dialog ref={dialog} aria-label={title} onClose={onClose}>
      <form method="dialog" onSubmit={(event) => void submit(event)}>
        <h2>{title}</h2>
        <div class="dialog-body">{children}</div>
        {error !== undefined && <Fault error={error} />}
        <div class="actions">
          <button type="button" class="quiet" onClick={onClose}>
            Cancel
          </button>
          <button type="submit" class={danger ? 'primary danger' : 'primary'} disabled={busy || disabled}>
            {busy ? 'Working …' : verb}
          </button>
        </div>
      </form>
    </dialog>
  );
}

/** Text of why something is done, kept with what was done. */
export function Reason({
  value,
  onChange,
  required = false,
}: {
  readonly value: string;
  readonly onChange: (value: string) => void;
  readonly required?: boolean;
}) {
  return (
    <label class="field">
      <span>Why{required ? '' : ' (optional)'}</span>
      <textarea
        rows={2}
        maxLength={2000}
        required={required}
        value={value}
        onInput={(event) => onChange(event.currentTarget.value)}
      />
    </label>
  );
}
