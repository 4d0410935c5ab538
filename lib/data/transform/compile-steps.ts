/**
 * Steps to one statement of DuckDB. Each step is a common table expression over the one before; values are bound,
 * names are checked. Three steps ask the data before: which columns have gaps, which values become columns, what fills gaps.
 */
import type { Column } from '../../tasks/dataset';
import type { Scalar, TransformStep } from '../../tasks/transform-step';
import { didYouMean } from '../../model/suggest';
import { DUCKDB_TYPES } from '../column-type';
import { quoteName, quoteText } from '../duckdb';
import { InvalidDataset } from '../invalid-dataset';
import { cast, datePartsOf, derive, drop, dropMissingColumns, rename, select } from './column-steps';
import { join, union } from './combining-steps';
import { aggregate, pivot, unpivot } from './grouping-steps';
import { FiguresAhead } from './figures-ahead';
import { impute } from './impute-step';
import {
  checkUnique,
  hiddenOf,
  listOf,
  orderTerms,
  QueryBuilder,
  type Relation,
  type StepContext,
} from './relation';
import { deduplicate, dropMissingRows, filter, head, sample, sort } from './row-steps';
import type { StepCompiler, StepKind } from './step-compiler';
import { windowStep } from './window-step';

const COMPILERS: { readonly [Kind in StepKind]: StepCompiler<Kind> } = {
  select,
  drop,
  rename,
  cast,
  derive,
  'date-parts': datePartsOf,
  'drop-missing-columns': dropMissingColumns,
  filter,
  'drop-missing-rows': dropMissingRows,
  sort,
  head,
  sample,
  deduplicate,
  join,
  union,
  aggregate,
  pivot,
  unpivot,
  window: windowStep,
  impute,
};

/** Steps that say what they leave of `complete` and `lean`, for the columns that are still there. */
const KNOWING: ReadonlySet<StepKind> = new Set(['drop', 'join', 'impute', 'window']);

export interface StepInput {
  /** Parquet file. */
  readonly path: string;
  readonly columns: readonly Column[];
}

export type Ask = (
  sql: string,
  values: Readonly<Record<string, Scalar>>,
) => Promise<Readonly<Record<string, unknown>>[]>;

export interface CompiledSteps {
  readonly sql: string;
  readonly values: Readonly<Record<string, Scalar>>;
  readonly columns: readonly Column[];
}

export interface StepsRequest {
  readonly inputs: Readonly<Record<string, StepInput>>;
  /** @default the only input that no step joins or unites */
  readonly from?: string | undefined;
  readonly steps: readonly TransformStep[];
}

/** @throws InvalidDataset for names that are not there and values that do not fit */
export async function compileSteps({ inputs, from, steps }: StepsRequest, ask: Ask): Promise<CompiledSteps> {
  const query = new QueryBuilder();
  const input = (name: string): Relation => {
    const found = Object.hasOwn(inputs, name) ? inputs[name] : undefined;
    if (found !== undefined) return read(found, name, query);
    const names = Object.keys(inputs);
    throw new InvalidDataset(
      `There is no input '${name}'. ${didYouMean(name, names)}Inputs: ${names.join(', ')}.`,
    );
  };
  let relation = input(from ?? onlyFree(inputs, steps));
  const contextOf = (i: number): StepContext => ({
    query,
    place: `Step ${i + 1} (${steps[i]?.step})`,
    input,
    ask: (sql) => ask(query.statement(sql), query.values),
  });
  const figures = new FiguresAhead(steps, contextOf);
  for (const [i, step] of steps.entries()) {
    const context: StepContext = { ...contextOf(i), figures: await figures.of(i, relation) };
    const compile = COMPILERS[step.step] as StepCompiler<StepKind>;
    const { complete, lean, ...compiled } = await compile(relation, step, context);
    relation = KNOWING.has(step.step)
      ? {
          ...compiled,
          complete: complete && present(complete, compiled),
          lean: lean && { ...lean, columns: present(lean.columns, compiled) },
        }
      : compiled;
  }
  const sorted = relation.mixed ? ` ORDER BY ${orderTerms(relation.order)}` : '';
  const names = relation.columns.map(({ name }) => name);
  return {
    sql: query.statement(`SELECT ${listOf(names)} FROM ${relation.name}${sorted}`),
    values: query.values,
    columns: relation.columns,
  };
}

function present(names: ReadonlySet<string>, { columns }: Relation): ReadonlySet<string> {
  return new Set(columns.map(({ name }) => name).filter((name) => names.has(name)));
}

function read({ path, columns }: StepInput, name: string, query: QueryBuilder): Relation {
  const names = columns.map((column) => column.name);
  checkUnique(names, `Input '${name}'`);
  const odd = names.find((column) => column.startsWith(' '));
  if (odd !== undefined)
    throw new InvalidDataset(
      `Input '${name}': the name of the column '${odd}' begins with a space. Rename it where it is made.`,
    );
  const order = [{ name: query.hiddenName(), descending: false, missing: 'last' as const }];
  const rows = hiddenOf({ order }).replace(', ', ', file_row_number AS ');
  // Files of tasks without DuckDB hold dates as texts and whole numbers as doubles; else the cast is none.
  const list = columns.map(
    (column) =>
      `CAST(${quoteName(column.name)} AS ${DUCKDB_TYPES[column.type]}) AS ${quoteName(column.name)}`,
  );
  const from = query.add(
    `SELECT ${list.join(', ')}${rows} FROM read_parquet(${quoteText(path)}, file_row_number = true)`,
    'again',
  );
  return { name: from, columns, order, mixed: false, lean: { name: from, columns: new Set(names) } };
}

function onlyFree(inputs: StepsRequest['inputs'], steps: readonly TransformStep[]): string {
  const used = steps.flatMap((step) =>
    step.step === 'join' ? [step.with] : step.step === 'union' ? step.with : [],
  );
  const free = Object.keys(inputs).filter((name) => !used.includes(name));
  if (free.length === 1 && free[0] !== undefined) return free[0];
  throw new InvalidDataset(
    `Say by 'from' which input the steps begin with: ${Object.keys(inputs).join(', ') || 'there is none'}.`,
  );
}
