/** Statements of Aurora that the state machine makes itself. */
import { z } from 'zod';
import type { TypeHint } from '../model/query-task';
import { addQuery, type QueryInput, type QueryOptions, type Scalar, type Text } from './query';
import { toValue, type InputArg } from './ref';
import type { TaskHandle } from './task';

export interface AuroraQueryInput<Row extends z.ZodType> extends QueryInput<Row> {
  /** One for each `:name`, by its own type. @default none */
  readonly parameters?: Readonly<Record<string, InputArg<Scalar>>>;
  /** What texts among the parameters are: `{ day: 'DATE' }`. @default texts */
  readonly types?: Readonly<Record<string, TypeHint>>;
  /** ARN of the cluster. */
  readonly clusterArn: string;
  /** ARN of a secret of Secrets Manager with the user and the password. */
  readonly secretArn: string;
  readonly database: Text;
}

export interface AuroraResult<Row> {
  /** All of them: a state holds 256 KB, so let the statement limit them. */
  readonly rows: readonly Row[];
  /** Rows that the statement changed. */
  readonly updated: number;
}

/** A statement on Aurora through the RDS Data API, which ends it after 45 s. A retry repeats it, so it should be one that may be repeated. */
export function auroraQuery<Row extends z.ZodType = z.ZodType<Readonly<Record<string, Scalar>>>>(
  id: string,
  input: AuroraQueryInput<Row>,
  options: QueryOptions = {},
): TaskHandle<AuroraResult<z.output<Row>>> {
  return addQuery('auroraQuery', 'aurora', id, input, options, {
    timeout: 45,
    parameters: toValue(input.parameters ?? {}),
    maxRows: 999,
    ...(input.types === undefined ? {} : { types: input.types }),
    target: {
      ResourceArn: toValue(input.clusterArn),
      SecretArn: toValue(input.secretArn),
      Database: toValue(input.database),
    },
    permissions: [
      { actions: ['rds-data:ExecuteStatement'], resources: [input.clusterArn] },
      { actions: ['secretsmanager:GetSecretValue'], resources: [input.secretArn] },
    ],
    result: { updated: z.number() },
  });
}
