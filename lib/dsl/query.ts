/** Queries of AWS's databases that the state machine makes itself. Values are bound by the service, never spliced into the text. */
import { z } from 'zod';
import type { JsonObject } from '../model/json';
import type { LocalTables, QueryEngine, TypeHint } from '../model/query-task';
import type { Permission, QueryTask } from '../model/task-node';
import type { Value } from '../model/value';
import { addStep } from './base';
import type { CallOptions } from './aws-call';
import { currentBuilder } from './builder';
import { callPlace } from './call-place';
import { hours, minutes } from './durations';
import { isRef, toValue, type InputArg, type Ref } from './ref';
import { retryOf } from './retries';
import type { TaskHandle } from './task';

type Scalar = string | number | boolean | null;
type Text = string | Ref<string>;

interface QueryInput<Row extends z.ZodType> {
  /** Constant: what differs from run to run comes in `parameters`. */
  readonly sql: string;
  /** What a row of the result is, for references to it. @default any object */
  readonly row?: Row;
  /** Locally a query runs on DuckDB over these tables; without them it fails there. */
  readonly local?: LocalTables;
}

type Rows<Row extends z.ZodType> = readonly z.output<Row>[];

export interface AthenaQueryInput<Row extends z.ZodType> extends QueryInput<Row> {
  /** One for each `?`. Texts become texts of SQL: `DATE(?)` makes a date of one. @default none */
  readonly parameters?: readonly InputArg<Scalar>[];
  readonly database: string;
  /** @default AwsDataCatalog */
  readonly catalog?: string;
  /** @default primary */
  readonly workgroup?: string;
  /** Where Athena writes the result: `s3://bucket/prefix/`. @default below `athena/<pipeline>/` in the data bucket */
  readonly output?: string;
  /** What it reads in S3: prefixes of the data bucket, or `s3://bucket/prefix/`. */
  readonly reads: readonly string[];
  /** What it writes besides the result (CTAS, INSERT, UNLOAD). @default nothing */
  readonly writes?: readonly string[];
  /** Tables of the catalogue that it names. @default all of the database */
  readonly tables?: readonly string[];
  /** Rows that the machine takes of the result, 0 to 999; all of it is in S3. @default 100 */
  readonly maxRows?: number;
}

export interface AthenaResult<Row> {
  readonly queryId: string;
  readonly rows: readonly Row[];
  /** There are more rows than were taken. */
  readonly truncated: boolean;
  /** The whole result in S3. */
  readonly location: string;
  readonly scannedBytes: number;
  readonly milliseconds: number;
}

/** `athenaQuery('by-day', { sql: 'SELECT … WHERE day = DATE(?)', parameters: [run.ds], database: 'shop', reads: ['raw/orders/'] })` */
export function athenaQuery<Row extends z.ZodType = z.ZodType<Readonly<Record<string, Scalar>>>>(
  id: string,
  input: AthenaQueryInput<Row>,
  options: CallOptions = {},
): TaskHandle<AthenaResult<z.output<Row>>> {
  const { database, workgroup = 'primary', catalog = 'AwsDataCatalog' } = input;
  const output = input.output ?? `s3://\${DataBucket}/${OWN_RESULTS}`;
  return addQuery('athenaQuery', 'athena', id, input, options, {
    timeout: hours(1),
    parameters: toValue(input.parameters ?? []),
    maxRows: input.maxRows ?? 100,
    target: {
      WorkGroup: toValue(workgroup),
      QueryExecutionContext: toValue({ Database: database, Catalog: catalog }),
      ResultConfiguration: toValue({ OutputLocation: output }),
    },
    permissions: athenaPermissions(input, database, workgroup, catalog),
    result: {
      queryId: z.string(),
      truncated: z.boolean(),
      location: z.string(),
      scannedBytes: z.number(),
      milliseconds: z.number(),
    },
  });
}

/** Filled in when the pipeline's id is known. */
const OWN_RESULTS = 'athena/{pipeline}/';

function athenaPermissions(
  { reads, writes = [], output, tables }: AthenaQueryInput<z.ZodType>,
  database: string,
  workgroup: string,
  catalog: string,
): Permission[] {
  const here = '${AWS::Region}:${AWS::AccountId}';
  const arn = (service: string, rest: string) => `arn:\${AWS::Partition}:${service}:${here}:${rest}`;
  const written = [output ?? OWN_RESULTS, ...writes];
  const inData = [...reads, ...written].some((place) => !place.startsWith('s3://'));
  const buckets = new Set(
    [...reads, ...written].flatMap((place) => /^s3:\/\/([^/]+)/.exec(place)?.[1] ?? []),
  );
  return [
    {
      actions: [
        'athena:StartQueryExecution',
        'athena:GetQueryExecution',
        'athena:GetQueryResults',
        'athena:StopQueryExecution',
        'athena:GetDataCatalog',
      ],
      resources: [arn('athena', `workgroup/${workgroup}`), arn('athena', `datacatalog/${catalog}`)],
    },
    {
      actions: [
        'glue:GetDatabase',
        'glue:GetTable',
        'glue:GetTables',
        'glue:GetPartition',
        'glue:GetPartitions',
        'glue:BatchGetPartition',
      ],
      resources: [
        arn('glue', 'catalog'),
        arn('glue', `database/${database}`),
        ...(tables ?? ['*']).map((table) => arn('glue', `table/${database}/${table}`)),
      ],
    },
    { actions: ['s3:GetObject'], resources: [...new Set([...reads, ...written])].map(objectsBelow) },
    {
      actions: ['s3:PutObject', 's3:AbortMultipartUpload', 's3:ListMultipartUploadParts'],
      resources: [...new Set(written)].map(objectsBelow),
    },
    {
      actions: ['s3:ListBucket', 's3:GetBucketLocation'],
      resources: [
        ...(inData ? ['{data-bucket}'] : []),
        ...[...buckets].sort().map((bucket) => `arn:\${AWS::Partition}:s3:::${bucket}`),
      ],
    },
  ];
}

function objectsBelow(place: string): string {
  return place.startsWith('s3://')
    ? `arn:\${AWS::Partition}:s3:::${place.slice('s3://'.length)}*`
    : `{data-bucket}/${place}*`;
}

export interface RedshiftQueryInput<Row extends z.ZodType> extends QueryInput<Row> {
  /** One for each `:name`; Redshift takes texts and casts them. Empty texts and nulls cannot be bound. @default none */
  readonly parameters?: Readonly<Record<string, InputArg<string | number | boolean>>>;
  readonly database: Text;
  /** A serverless workgroup by name, or a cluster with a user or a secret. */
  readonly workgroup?: string;
  readonly cluster?: string;
  readonly dbUser?: string;
  /** ARN of a secret of Secrets Manager with the user and the password. */
  readonly secretArn?: string;
}

export interface RedshiftResult<Row> {
  readonly queryId: string;
  /** All of them: a state holds 256 KB, so let the statement limit them, or UNLOAD to S3. */
  readonly rows: readonly Row[];
  /** Rows that the statement returned or changed. */
  readonly rowCount: number;
  readonly milliseconds: number;
}

/** A statement on Redshift, through its Data API: `redshiftQuery('load', { sql: 'COPY …', workgroup: 'dwh', database: 'dev' })` */
export function redshiftQuery<Row extends z.ZodType = z.ZodType<Readonly<Record<string, Scalar>>>>(
  id: string,
  input: RedshiftQueryInput<Row>,
  options: CallOptions = {},
): TaskHandle<RedshiftResult<z.output<Row>>> {
  const { workgroup, cluster, dbUser, secretArn, database } = input;
  if ((workgroup === undefined) === (cluster === undefined))
    throw new TypeError(
      `redshiftQuery('${id}') needs a workgroup or a cluster, one of them (${callPlace()}).`,
    );
  const optional = (name: string, value: string | undefined) =>
    value === undefined ? {} : { [name]: toValue(value) };
  return addQuery('redshiftQuery', 'redshift', id, input, options, {
    timeout: hours(1),
    parameters: toValue(input.parameters ?? {}),
    maxRows: 999,
    target: {
      ...optional('WorkgroupName', workgroup),
      ...optional('ClusterIdentifier', cluster),
      ...optional('DbUser', dbUser),
      ...optional('SecretArn', secretArn),
      Database: toValue(database),
    },
    permissions: redshiftPermissions({ workgroup, cluster, dbUser, secretArn }),
    result: { queryId: z.string(), rowCount: z.number(), milliseconds: z.number() },
  });
}

function redshiftPermissions(where: {
  readonly workgroup: string | undefined;
  readonly cluster: string | undefined;
  readonly dbUser: string | undefined;
  readonly secretArn: string | undefined;
}): Permission[] {
  const { workgroup, cluster, dbUser, secretArn } = where;
  const here = '${AWS::Region}:${AWS::AccountId}';
  const place =
    workgroup === undefined
      ? `arn:\${AWS::Partition}:redshift:${here}:cluster:${cluster ?? ''}`
      : `arn:\${AWS::Partition}:redshift-serverless:${here}:workgroup/*`;
  return [
    { actions: ['redshift-data:ExecuteStatement'], resources: [place] },
    {
      // These name a statement by its id; AWS documents * for them and limits each caller to statements of its own.
      actions: [
        'redshift-data:DescribeStatement',
        'redshift-data:GetStatementResult',
        'redshift-data:CancelStatement',
      ],
      resources: ['*'],
    },
    ...(secretArn !== undefined
      ? [{ actions: ['secretsmanager:GetSecretValue'], resources: [secretArn] }]
      : workgroup === undefined
        ? [
            {
              actions: ['redshift:GetClusterCredentials'],
              resources: [
                `arn:\${AWS::Partition}:redshift:${here}:dbuser:${cluster ?? ''}/${dbUser ?? '*'}`,
                `arn:\${AWS::Partition}:redshift:${here}:dbname:${cluster ?? ''}/*`,
              ],
            },
          ]
        : [{ actions: ['redshift-serverless:GetCredentials'], resources: [place] }]),
  ];
}

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
  options: CallOptions = {},
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

interface Own {
  /** @default of the options */
  readonly timeout: number;
  readonly parameters: Value;
  readonly target: QueryTask['target'];
  readonly permissions: readonly Permission[];
  readonly maxRows: number;
  readonly types?: Readonly<Record<string, TypeHint>>;
  readonly result: z.ZodRawShape;
}

function addQuery<Output>(
  builder: string,
  engine: QueryEngine,
  id: string,
  { sql, row, local }: QueryInput<z.ZodType>,
  options: CallOptions,
  own: Own,
): TaskHandle<Output> {
  if (typeof sql !== 'string' || isRef(sql) || sql.trim() === '')
    throw new TypeError(
      `The statement of ${builder}('${id}') must be a constant text (${callPlace()}): pass values in parameters.`,
    );
  const { defaults } = currentBuilder(`${builder}('${id}')`);
  const rows = z.array(row ?? z.record(z.string(), z.any()));
  const output = z.object({ ...own.result, rows }) satisfies z.ZodType<{ rows: Rows<z.ZodType> }>;
  return addStep<Output>(builder, id, options, (base) => ({
    ...base,
    kind: 'query',
    engine,
    sql,
    parameters: own.parameters,
    ...(own.types === undefined ? {} : { types: own.types }),
    target: own.target,
    maxRows: own.maxRows,
    outputSchema: z.toJSONSchema(output, { io: 'output', unrepresentable: 'any' }) as JsonObject,
    permissions: own.permissions,
    ...(local === undefined ? {} : { local }),
    timeoutSeconds:
      options.timeout ?? (engine === 'aurora' ? own.timeout : Math.min(own.timeout, minutes(60))),
    retry: retryOf(defaults.retry, options),
  }));
}
