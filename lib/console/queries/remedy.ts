/** What to do about an error of a task, by its name. The message of an error of ours says the particulars. */
const REMEDIES: Readonly<Record<string, string>> = {
  'States.Timeout': 'Give the task more time (`timeout`), or more memory, which is more processor.',
  'States.HeartbeatTimeout': 'Nobody told of progress in time. Look at the log for what it was doing.',
  'Lambda.Unknown':
    'The function ended without a word, most often for want of memory. Give the task more (`memory`).',
  'Lambda.TooManyRequestsException':
    'The account runs as many functions as it may. Rerun later, or ask for more concurrency.',
  'Millrace.DoNotRetry':
    'The handler says that trying again is of no use. Mend what the message names, then rerun.',
  'Millrace.InvalidInput': 'Correct what the upstream task or the param gives, then clear that one.',
  'Millrace.InvalidOutput':
    'The handler returned something else than its contract says. Correct the handler, then rerun.',
  'Millrace.ValidationFailed': 'Correct the data or the expectation, then clear the task that ingests them.',
  'Millrace.ObjectNotFound': 'Upload the file, or correct its name in the params, then rerun.',
  'Millrace.SensorTimedOut': 'What the sensor waits for did not come in time. Rerun when it is there.',
};

export function remedyFor(error: { readonly name: string } | null): string | null {
  if (error === null) return null;
  return (
    REMEDIES[error.name] ??
    (error.name.startsWith('Millrace.')
      ? `docs/errors.md tells what ${error.name} means. Mend it, then rerun: what succeeded keeps its result.`
      : 'Mend the cause, then rerun: what succeeded keeps its result. The log has the stack.')
  );
}
