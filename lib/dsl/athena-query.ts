/** Queries of Athena that the state machine makes itself. */
import { z } from 'zod';
import type { Permission } from '../model/task-node';
import { hours } from './durations';
import { addQuery, type QueryInput, type QueryOptions, type Scalar } from './query';
import { toValue, type InputArg } from './ref';
import type { TaskHandle } from './task';

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
  /** Where it writes besides the result (CTAS, INSERT, UNLOAD); its role may then change the tables. @default nowhere */
  readonly writes?: readonly string[];
  /** The tables are those of Lake Formation, which grants the role what it may read. @default false */
  readonly lakeFormation?: boolean;
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
  options: QueryOptions = {},
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

const CHANGE_TABLES = [
  'glue:CreateTable',
  'glue:UpdateTable',
  'glue:DeleteTable',
  'glue:BatchCreatePartition',
  'glue:CreatePartition',
  'glue:UpdatePartition',
];

function athenaPermissions(
  { reads, writes = [], output, tables, lakeFormation = false }: AthenaQueryInput<z.ZodType>,
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
  const ofCatalogue = [
    arn('glue', 'catalog'),
    arn('glue', `database/${database}`),
    ...(tables ?? ['*']).map((table) => arn('glue', `table/${database}/${table}`)),
  ];
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
      resources: ofCatalogue,
    },
    ...(writes.length === 0 ? [] : [{ actions: CHANGE_TABLES, resources: ofCatalogue }]),
    ...(lakeFormation ? [{ actions: ['lakeformation:GetDataAccess'], resources: ['*'] }] : []),
    { actions: ['s3:GetObject'], resources: [...new Set([...reads, ...written])].map(objectsBelow) },
    {
      actions: ['s3:PutObject', 's3:AbortMultipartUpload', 's3:ListMultipartUploadParts'],
      resources: [...new Set(written)].map(objectsBelow),
    },
    {
      actions: ['s3:ListBucket', 's3:GetBucketLocation', 's3:ListBucketMultipartUploads'],
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
