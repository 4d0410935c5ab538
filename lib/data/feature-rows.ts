/** Rows of a feature group: checked, and the latest of each entity. */
import type { Column } from '../tasks/dataset';
import type { FeatureGroup } from '../tasks/feature-group';
import { Database, quoteName, quoteText, type Row } from './duckdb';
import { InvalidDataset } from './invalid-dataset';
import { columnOf } from './transform/relation';

interface Options {
  readonly memoryMb: number;
  readonly scratch: string;
}

/** @throws InvalidDataset for columns that are not there, missing keys or times, and an entity twice at a time */
export async function checkFeatureRows(
  file: string,
  columns: readonly Column[],
  { name, entity, eventTime }: FeatureGroup,
  options: Options,
): Promise<void> {
  const place = `Feature group '${name}'`;
  const relation = { name: '', columns, order: [], mixed: false };
  for (const key of entity) columnOf(relation, key, place);
  const { type } = columnOf(relation, eventTime, place);
  if (type !== 'date' && type !== 'timestamp')
    throw new InvalidDataset(
      `${place}: '${eventTime}' is a column of ${type} values, not of times. Cast it before.`,
    );
  if (columns.length === entity.length + 1)
    throw new InvalidDataset(`${place}: there is no feature among the columns.`);
  await Database.use(options, async (database) => {
    const source = `read_parquet(${quoteText(file)})`;
    const keys = [...entity, eventTime];
    const counts = keys.map((key, i) => `count(*) - count(${quoteName(key)}) AS c${i}`).join(', ');
    const [missing = {}] = await database.rows(`SELECT ${counts} FROM ${source}`);
    keys.forEach((key, i) => {
      if (Number(missing[`c${i}`]) > 0)
        throw new InvalidDataset(
          `${place}: '${key}' is missing in ${String(missing[`c${i}`])} rows. Drop them before.`,
        );
    });
    const list = keys.map(quoteName).join(', ');
    const [twice] = await database.rows(
      `SELECT ${list}, count(*) AS " n" FROM ${source} GROUP BY ${list} HAVING count(*) > 1 ORDER BY ${list} LIMIT 1`,
    );
    if (twice !== undefined)
      throw new InvalidDataset(
        `${place}: ${keys.map((key) => `${key} = ${String(twice[key])}`).join(', ')} is there ${String(twice[' n'])} times; an entity has one row at a time. Deduplicate or aggregate before.`,
      );
  });
}

/** Where DynamoDB's numbers end. */
const BEYOND = 1e126;

/** @throws InvalidDataset for numbers that the table of latest values cannot hold as they are */
export async function checkLatestValues(
  file: string,
  columns: readonly Column[],
  { name, eventTime, entity }: FeatureGroup,
  options: Options,
): Promise<void> {
  const numbers = columns.filter(
    (column) =>
      (column.type === 'number' || column.type === 'integer') &&
      column.name !== eventTime &&
      !entity.includes(column.name),
  );
  if (numbers.length === 0) return;
  const counts = numbers.map((column, i) => {
    const c = quoteName(column.name);
    const bad =
      column.type === 'number'
        ? `NOT isnan(CAST(${c} AS DOUBLE)) AND abs(CAST(${c} AS DOUBLE)) >= ${BEYOND}`
        : `abs(CAST(${c} AS HUGEINT)) > ${Number.MAX_SAFE_INTEGER}`;
    return `count(*) FILTER (WHERE ${bad}) AS c${i}, any_value(CAST(${c} AS VARCHAR)) FILTER (WHERE ${bad}) AS v${i}`;
  });
  const [found = {}] = await Database.use(options, (database) =>
    database.rows(`SELECT ${counts.join(', ')} FROM read_parquet(${quoteText(file)})`),
  );
  numbers.forEach((column, i) => {
    if (Number(found[`c${i}`]) > 0)
      throw new InvalidDataset(
        `Feature group '${name}': '${column.name}' is ${String(found[`v${i}`])} in one of ${String(found[`c${i}`])} rows, which cannot be looked up as the number it is: latest values are finite, whole ones at most ±2^53. Cast it to a text, or say online: false.`,
      );
  });
}

export interface LatestRow {
  readonly entity: readonly string[];
  readonly eventTime: string;
  readonly values: Row;
}

/** NaN is a missing number. */
function presentIn({ name, type }: Column): string {
  const c = quoteName(name);
  return type === 'number' ? `CASE WHEN NOT isnan(CAST(${c} AS DOUBLE)) THEN ${c} END AS ${c}` : c;
}

/** The newest row of each entity. */
export async function latestRows(
  file: string,
  columns: readonly Column[],
  { entity, eventTime }: FeatureGroup,
  options: Options,
): Promise<LatestRow[]> {
  const keys = entity.map(quoteName).join(', ');
  const time = quoteName(eventTime);
  const features = columns.filter(({ name }) => name !== eventTime && !entity.includes(name));
  const texts = entity.map((key, i) => `CAST(${quoteName(key)} AS VARCHAR) AS " k${i}"`);
  const rows = await Database.use(options, (database) =>
    database.rows(
      `SELECT ${texts.join(', ')}, CAST(${time} AS TIMESTAMP) AS " t", ${features.map(presentIn).join(', ')}
       FROM read_parquet(${quoteText(file)}) QUALIFY row_number() OVER (PARTITION BY ${keys} ORDER BY ${time} DESC) = 1 ORDER BY ${keys}`,
    ),
  );
  return rows.map((row) => ({
    entity: entity.map((_, i) => String(row[` k${i}`])),
    eventTime: String(row[' t']),
    values: Object.fromEntries(features.map(({ name }) => [name, row[name] ?? null])),
  }));
}
