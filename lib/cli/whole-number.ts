import { CliError, EXIT } from './cli-error';

export interface WholeNumberProps {
  /** The option, e.g. `--port`. */
  readonly option: string;
  readonly from: number;
  readonly to: number;
}

/** The value of an option that takes a whole number. @throws CliError */
export function parseWholeNumber(text: string, { option, from, to }: WholeNumberProps): number {
  const value = text.trim() === '' ? Number.NaN : Number(text);
  if (Number.isInteger(value) && value >= from && value <= to) return value;
  throw new CliError(`'${text}' is not a whole number from ${from} to ${to}.`, {
    code: EXIT.usage,
    where: option,
    remedy: `Give a whole number, e.g. ${option} ${Math.max(from, Math.min(to, 20))}.`,
  });
}

/** A TCP port; 0 picks a free one. @throws CliError */
export function parsePort(text: string): number {
  return parseWholeNumber(text, { option: '--port', from: 0, to: 65_535 });
}
