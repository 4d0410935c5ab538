import { CliError, EXIT } from './cli-error';

/** Tells a date that has a time and a zone from one that would be read in the zone of this machine. */
const INSTANT = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:?\d{2})$/;

/** Milliseconds from now to a time to come. @throws CliError when it is none, or has passed */
export function parseAhead(text: string, now = Date.now()): number {
  const time = INSTANT.test(text.trim()) ? Date.parse(text.trim()) : Number.NaN;
  const refuse = (message: string, remedy: string) =>
    new CliError(message, { code: EXIT.usage, where: '--at', remedy });
  if (Number.isNaN(time))
    throw refuse(
      `'${text}' is not a time with its zone.`,
      'Write it as ISO 8601 has it, e.g. 2027-01-04T05:59:50Z or 2027-01-04T05:59:50+01:00.',
    );
  // What a state knows of would be of the future: its schedules would not ring until then.
  if (time < now)
    throw refuse(
      `${text} has passed.`,
      'Name a time to come; for dates of the past there is `millrace backfill`.',
    );
  return time - now;
}
