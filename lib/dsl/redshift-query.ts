/** Statements of Redshift that the state machine makes itself. */
import { z } from 'zod';
import type { Permission } from '../model/task-node';
import { callPlace } from './call-place';
import { hours } from './durations';
import { addQuery, type QueryInput, type QueryOptions, type Scalar, type Text } from './query';
import { toValue, type InputArg } from './ref';
import type { TaskHandle } from './task';

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
  options: QueryOptions = {},
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
      // These name a statement by its id, which is no resource of IAM.
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
