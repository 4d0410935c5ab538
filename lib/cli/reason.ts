import { CliError, EXIT } from './cli-error';

/** The value of `--reason`, which stays in the history. @throws CliError when it says nothing */
export function parseReason(text: string): string {
  const reason = text.trim();
  if (reason !== '') return reason;
  throw new CliError('The reason is empty.', {
    code: EXIT.usage,
    where: '--reason',
    remedy: 'Say why in a few words; they are kept in the history of the model.',
  });
}
