import type { LogTrigger } from './alerts';

/** How a text stands in a line: as it is, or within a string of JSON, as the logger writes it. */
export function formsOf(text: string): readonly string[] {
  return [...new Set([text, JSON.stringify(text).slice(1, -1)])];
}

/** Filter pattern of CloudWatch Logs for lines with one of the texts. */
export function logFilter(triggers: readonly Pick<LogTrigger, 'text'>[]): string {
  const texts = new Set(triggers.flatMap(({ text }) => formsOf(text)));
  const terms = Array.from(texts, (text) => `"${text.replace(/[\\"]/g, '\\$&')}"`);
  const [only] = terms;
  return terms.length === 1 && only !== undefined ? only : terms.map((term) => `?${term}`).join(' ');
}
