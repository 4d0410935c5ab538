import '../support/quiet-telemetry';
import { PutParameterCommand } from '@aws-sdk/client-ssm';
import { handler as ingestSql } from '../../lambdas/ingest-sql/handler';
import { ssmClient } from '../../lib/aws/clients/ssm';
import { connection } from '../../lib/tasks/connection';
import type { DatasetRef } from '../../lib/tasks/dataset';
import { runTask, valuesOf } from '../support/data-task';
import { startLocalAws, type LocalAws } from '../support/local-aws';
import { startMySql, type ScriptedAnswer } from '../support/mysql-server';

const columns = [
  { name: 'id', type: 8 },
  { name: 'amount', type: 246 },
  { name: 'day', type: 10 },
  { name: 'changed', type: 12 },
  { name: 'note', type: 253 },
];
const rows = [
  { id: '9007199254740993', amount: '1.50', day: '2026-01-01', changed: '2026-01-01 06:00:00.5', note: null },
  { id: '2', amount: null, day: null, changed: '2026-01-02 00:00:00', note: "it's" },
];
const statements: string[] = [];
let aws: LocalAws;
let mysql: Awaited<ReturnType<typeof startMySql>>;

function answer(sql: string): ScriptedAnswer | string | undefined {
  statements.push(sql);
  if (!sql.startsWith('SELECT')) return undefined;
  if (sql.includes('nothing')) return "Unknown column 'nothing'";
  if (sql.includes('AS high'))
    return { columns: [{ name: 'high', type: 253 }], rows: [{ high: '2026-01-02 00:00:00' }] };
  return { columns, rows: sql.includes('LIMIT 0') ? [] : rows };
}

beforeAll(async () => {
  aws = await startLocalAws();
  mysql = await startMySql(answer);
  const settings = { kind: 'mysql', host: '127.0.0.1', port: mysql.port, database: 'shop', user: 'etl' };
  await ssmClient().send(
    new PutParameterCommand({
      Name: '/millrace-test/connections/shop',
      Value: JSON.stringify({ ...settings, ssl: 'disable' }),
      Type: 'SecureString',
    }),
  );
});
afterAll(async () => {
  await mysql.stop();
  await aws.stop();
});

const ask = async (input: object) =>
  runTask<{ readonly dataset: DatasetRef; readonly range: object | null }>(ingestSql, {
    connection: connection('shop', 'mysql'),
    name: 'orders',
    ...input,
  });

it('gives the types of the database, with bound values, and only what is new', async () => {
  const { dataset, range } = await ask({
    query: 'SELECT * FROM orders WHERE shop = ?',
    values: ["it's"],
    watermark: { column: 'changed', start: '2026-01-01' },
  });
  expect(dataset.columns.map(({ type }) => type)).toEqual([
    'integer',
    'number',
    'date',
    'timestamp',
    'string',
  ]);
  // The first id is beyond what a number holds here.
  expect(await valuesOf({ ...dataset, columns: dataset.columns.slice(1) })).toMatchObject({
    amount: [1.5, null],
    day: ['2026-01-01T00:00:00.000Z', null],
    changed: ['2026-01-01T06:00:00.500Z', '2026-01-02T00:00:00.000Z'],
    note: [null, "it's"],
  });
  expect(range).toEqual({ low: '2026-01-01', high: '2026-01-02 00:00:00' });
  expect(statements.at(-1)).toBe(
    "SELECT * FROM (SELECT * FROM orders WHERE shop = 'it\\'s'\n) AS q WHERE `changed` <= '2026-01-02 00:00:00' AND `changed` > '2026-01-01' ORDER BY `changed`",
  );
});

it('refuses a query that the database refuses', async () => {
  await expect(ask({ query: 'SELECT nothing FROM orders' })).rejects.toThrow(
    "MySQL refuses the query: Unknown column 'nothing'",
  );
});
