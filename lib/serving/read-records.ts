/** Bodies of requests as records: our own form, and the four of MLflow's scoring server. */
import { RequestRefused } from './request-refused';

export type Fields = Readonly<Record<string, unknown>>;

/** Rows of one request. API Gateway takes 10 MB, Lambda 6 MB. */
export const MAX_ROWS = 10_000;

const INVOCATIONS = ['dataframe_split', 'dataframe_records', 'instances', 'inputs'] as const;

/** `{"records": [{…}]}`, or `{"record": {…}}` for one. @throws RequestRefused */
export function readPredictBody(text: string): Fields[] {
  const body = parse(text);
  const single = body['record'];
  if (single !== undefined) return checked([single], 'record');
  if (body['records'] === undefined)
    throw new RequestRefused(400, 'The body has no records: send {"records": [{"<field>": <value>}]}.');
  return checked(body['records'], 'records');
}

/** MLflow's `/invocations`. @throws RequestRefused */
export function readInvocationsBody(text: string): Fields[] {
  const body = parse(text);
  const present = INVOCATIONS.filter((name) => body[name] !== undefined);
  const [form] = present;
  if (form === undefined || present.length > 1)
    throw new RequestRefused(
      400,
      `The body must have exactly one of ${INVOCATIONS.join(', ')}; it has ${present.join(' and ') || 'none of them'}.`,
    );
  const given = body[form];
  if (form === 'dataframe_split') return checked(fromSplit(given), form);
  if (form === 'inputs' && !Array.isArray(given)) return checked(fromColumns(given), form);
  return checked(given, form);
}

function fromSplit(given: unknown): Fields[] {
  const { columns, data } = (given ?? {}) as { columns?: unknown; data?: unknown };
  if (!Array.isArray(columns) || !Array.isArray(data))
    throw new RequestRefused(400, 'dataframe_split must be {"columns": ["<field>"], "data": [[<value>]]}.');
  const names = columns.map(String);
  const twice = names.find((name, i) => names.indexOf(name) !== i);
  if (twice !== undefined) throw new RequestRefused(400, `dataframe_split has the column '${twice}' twice.`);
  return data.map((row: unknown, r) => {
    if (!Array.isArray(row) || row.length !== names.length)
      throw new RequestRefused(
        400,
        `Row ${r} of dataframe_split must be an array of ${names.length} values, one for each column.`,
      );
    return Object.fromEntries(names.map((name, i) => [name, row[i] as unknown]));
  });
}

/** `{"inputs": {"<field>": [<value>, …]}}` */
function fromColumns(given: unknown): Fields[] {
  const columns = Object.entries((given ?? {}) as Record<string, unknown>).map(
    ([name, values]) => [name, Array.isArray(values) ? (values as unknown[]) : [values]] as const,
  );
  const rows = columns[0]?.[1].length ?? 0;
  const uneven = columns.find(([, values]) => values.length !== rows);
  if (uneven !== undefined)
    throw new RequestRefused(
      400,
      `The field '${uneven[0]}' of inputs has ${uneven[1].length} values, others have ${rows}.`,
    );
  return Array.from({ length: rows }, (_, row) =>
    Object.fromEntries(columns.map(([name, values]) => [name, values[row]])),
  );
}

function checked(given: unknown, form: string): Fields[] {
  if (!Array.isArray(given)) throw new RequestRefused(400, `'${form}' must be an array of objects.`);
  if (given.length === 0) throw new RequestRefused(400, `'${form}' has no rows; send at least one.`);
  if (given.length > MAX_ROWS)
    throw new RequestRefused(
      413,
      `'${form}' has ${given.length} rows; one request takes ${MAX_ROWS}. Send several, or use the task predict-batch.`,
    );
  const odd = given.findIndex((row) => typeof row !== 'object' || row === null || Array.isArray(row));
  if (odd >= 0)
    throw new RequestRefused(
      400,
      `Row ${odd} of '${form}' is no object of fields: this model takes named columns.`,
    );
  return given as Fields[];
}

function parse(text: string): Fields {
  let body: unknown;
  try {
    body = JSON.parse(text);
  } catch (error) {
    try {
      // Python writes NaN and Infinity, which are no JSON. As a number out of range the check of the field finds them.
      body = JSON.parse(
        text.replace(/"(?:[^"\\]|\\.)*"|-?\bInfinity\b|\bNaN\b/g, (token) =>
          token.startsWith('"') ? token : '1e999',
        ),
      );
    } catch {
      throw new RequestRefused(400, `The body is no JSON: ${(error as Error).message}.`);
    }
  }
  if (typeof body !== 'object' || body === null || Array.isArray(body))
    throw new RequestRefused(400, 'The body must be a JSON object.');
  return body as Fields;
}
