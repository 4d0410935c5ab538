/**
 * Labels with the features that were known at their time: of each group the newest row of the entity whose event time is
 * not after that of the label (an ASOF join). Nothing later can come in, so the training set knows no more than a
 * prediction at that time would have.
 */
import type { Column } from '../tasks/dataset';
import { DUCKDB_TYPES } from './column-type';
import { Database, quoteName, quoteText } from './duckdb';
import { InvalidDataset } from './invalid-dataset';
import { comparable } from './transform/expressions';
import { checkUnique, columnOf, type Relation } from './transform/relation';
import { lockDown, namingFaults, writeSelect, type WrittenSelect } from './write-select';

export interface GroupSource {
  readonly name: string;
  readonly entity: readonly string[];
  readonly eventTime: string;
  readonly columns: readonly Column[];
  /** Parquet files, the ones written for later dates behind: of two rows of an entity at a time the last file's counts. */
  readonly files: readonly string[];
  /** @default all */
  readonly features?: readonly string[] | undefined;
  /** Columns of the labels by those of the entity, where their names differ. */
  readonly labelColumns: Readonly<Record<string, string>>;
  readonly maxAgeHours?: number | undefined;
}

export interface TrainingSetRequest {
  readonly labels: { readonly path: string; readonly columns: readonly Column[] };
  readonly time: string;
  readonly groups: readonly GroupSource[];
  /** Whether values of the very time of the label count as known. */
  readonly sameTime: boolean;
  readonly target: string;
  readonly scratch: string;
  readonly memoryMb: number;
}

/** @throws InvalidDataset for columns that are not there or do not fit */
export async function buildTrainingSet(request: TrainingSetRequest): Promise<WrittenSelect> {
  const { labels, time, groups } = request;
  const relation: Relation = { name: '', columns: labels.columns, order: [], mixed: false };
  const { type } = columnOf(relation, time, 'Labels');
  if (type !== 'date' && type !== 'timestamp')
    throw new InvalidDataset(
      `Labels: '${time}' is a column of ${type} values, not of times. Cast it before.`,
    );
  const joined = groups.map((group, i) => joinOf(group, i, relation, request));
  const names = [...labels.columns.map(({ name }) => name), ...joined.flatMap(({ names }) => names)];
  checkUnique(names, 'Training set');
  const sql = `SELECT ${[...labels.columns.map(({ name }) => `l.${quoteName(name)}`), ...joined.flatMap(({ list }) => list)].join(', ')}
FROM (SELECT *, file_row_number AS " row" FROM read_parquet(${quoteText(labels.path)}, file_row_number = true)) AS l
${joined.map(({ join }) => join).join('\n')}
ORDER BY l." row"`;
  return Database.use(request, (database) =>
    namingFaults('The training set', async () => {
      await lockDown(database, request.scratch);
      return writeSelect(database, sql, {}, request.target);
    }),
  );
}

function joinOf(group: GroupSource, i: number, labels: Relation, { time, sameTime }: TrainingSetRequest) {
  const place = `Feature group '${group.name}'`;
  const own: Relation = { name: '', columns: group.columns, order: [], mixed: false };
  const keys = group.entity.map((name) => {
    const label = columnOf(labels, group.labelColumns[name] ?? name, 'Labels');
    const key = columnOf(own, name, place);
    if (!comparable(label.type, key.type))
      throw new InvalidDataset(
        `${place}: '${label.name}' (${label.type}) of the labels cannot be matched with '${name}' (${key.type}). Cast one of them before.`,
      );
    return `l.${quoteName(label.name)} = g${i}.${quoteName(name)}`;
  });
  const all = group.columns.filter(({ name }) => name !== group.eventTime && !group.entity.includes(name));
  const features = group.features?.map((name) => columnOf(own, name, place)) ?? all;
  if (group.files.length === 0) throw new InvalidDataset(`${place} has no rows yet.`);
  const at = `g${i}.${quoteName(group.eventTime)}`;
  const label = `CAST(l.${quoteName(time)} AS TIMESTAMP)`;
  const fresh =
    group.maxAgeHours === undefined
      ? undefined
      : `epoch_us(${label}) - epoch_us(${at}) <= ${group.maxAgeHours} * 3600000000.0::DOUBLE`;
  const names = features.map(({ name }) => `${group.name}__${name}`);
  const list = features.map(({ name }, f) => {
    const value = `g${i}.${quoteName(name)}`;
    return `${fresh === undefined ? value : `CASE WHEN ${fresh} THEN ${value} END`} AS ${quoteName(names[f] ?? '')}`;
  });
  return {
    names,
    list,
    join: `ASOF LEFT JOIN (${rowsOf(group, features)}) AS g${i} ON ${keys.join(' AND ')} AND ${label} ${sameTime ? '>=' : '>'} ${at}`,
  };
}

/** One row of an entity at a time; columns that a file lacks are missing. */
function rowsOf({ entity, eventTime, files, columns }: GroupSource, features: readonly Column[]): string {
  const typeOf = (name: string) =>
    DUCKDB_TYPES[columns.find((column) => column.name === name)?.type ?? 'string'];
  const list = [
    ...entity.map((name) => `CAST(${quoteName(name)} AS ${typeOf(name)}) AS ${quoteName(name)}`),
    `CAST(${quoteName(eventTime)} AS TIMESTAMP) AS ${quoteName(eventTime)}`,
    ...features.map(
      ({ name, type }) => `CAST(${quoteName(name)} AS ${DUCKDB_TYPES[type]}) AS ${quoteName(name)}`,
    ),
  ];
  const keys = [...entity, eventTime].map(quoteName).join(', ');
  return `SELECT ${list.join(', ')} FROM read_parquet([${files.map(quoteText).join(', ')}], union_by_name = true, filename = ' file') QUALIFY row_number() OVER (PARTITION BY ${keys} ORDER BY " file" DESC) = 1`;
}
