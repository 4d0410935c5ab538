import { CliError, EXIT } from './cli-error';

/** The value of an option that is JSON. @throws CliError */
export function parseJsonOption(text: string, option: string, example: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new CliError(`The value of ${option} is not JSON: ${cause instanceof Error ? cause.message : ''}`, {
      code: EXIT.usage,
      where: option,
      remedy: `Write JSON, e.g. ${option} '${example}'.`,
      cause,
    });
  }
}
