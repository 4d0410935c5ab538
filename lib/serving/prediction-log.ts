/**
 * What was asked and answered, for monitoring: one object a request, as JSON lines, a line for each row.
 * `predictions-log/<endpoint>/<date>/<hour>/<request id>.jsonl`, date and hour in UTC.
 */
import type { ObjectStore } from '../aws/object-store';
import type { Prediction } from './model-folder';
import type { Fields } from './read-records';
import type { Slot } from './traffic';

export const LOG_PREFIX = 'predictions-log/';

const DAY_MS = 86_400_000;

export interface LoggedPrediction {
  /** ISO instant. */
  readonly at: string;
  readonly request: string;
  /** Row of the request, from 0. `<request>#<row>` names a prediction, e.g. for its label later. */
  readonly row: number;
  readonly endpoint: string;
  readonly model: string;
  readonly version: string;
  readonly slot: Slot;
  readonly inputs: Fields;
  readonly output: Prediction;
}

export async function writeLog(
  objects: ObjectStore,
  about: Pick<LoggedPrediction, 'at' | 'request' | 'endpoint' | 'model' | 'version' | 'slot'>,
  records: readonly Fields[],
  predictions: readonly Prediction[],
): Promise<void> {
  const lines = records.map((inputs, row) =>
    JSON.stringify({ ...about, row, inputs, output: predictions[row] ?? {} } satisfies LoggedPrediction),
  );
  const suffix = about.slot === 'shadow' ? '.shadow' : '';
  await objects.putBytes(
    `${hourPrefix(about.endpoint, about.at)}${about.request}${suffix}.jsonl`,
    `${lines.join('\n')}\n`,
    { contentType: 'application/x-ndjson' },
  );
}

/** Predictions of the stretch of time from `from` to before `to`, in order of time. ISO instants. */
export async function readLog(
  objects: ObjectStore,
  endpoint: string,
  from: string,
  to: string,
): Promise<LoggedPrediction[]> {
  const found: LoggedPrediction[] = [];
  // A listing a day, not an hour: a week would be 168.
  for (let day = Math.floor(Date.parse(from) / DAY_MS) * DAY_MS; day < Date.parse(to); day += DAY_MS) {
    const date = new Date(day).toISOString();
    const hours = { first: hourPrefix(endpoint, from), last: hourPrefix(endpoint, to) };
    const listed = (await objects.list(dayPrefix(endpoint, date))).filter(
      ({ key }) => key >= hours.first && key.slice(0, hours.last.length) <= hours.last,
    );
    for (let start = 0; start < listed.length; start += 16)
      for (const text of await Promise.all(
        listed.slice(start, start + 16).map(({ key }) => objects.getText(key)),
      ))
        for (const line of text.split('\n'))
          if (line !== '') found.push(JSON.parse(line) as LoggedPrediction);
  }
  return found
    .filter(({ at }) => at >= from && at < to)
    .sort((a, b) => (a.at === b.at ? a.row - b.row : a.at < b.at ? -1 : 1));
}

function dayPrefix(endpoint: string, at: string): string {
  return `${LOG_PREFIX}${endpoint}/${at.slice(0, 10)}/`;
}

function hourPrefix(endpoint: string, at: string): string {
  return `${dayPrefix(endpoint, at)}${at.slice(11, 13)}/`;
}
