/**
 * What tracking costs in an account: DynamoDB's request units, measured by looking at every request that the API makes of the
 * table, times the prices below. `npm run bench:tracking-cost` prints the table of docs/mlflow.md.
 */
import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { GetCommand } from '@aws-sdk/lib-dynamodb';
import { documentClient } from '../lib/aws/clients/dynamodb';
import { itemBytes } from '../lib/aws/item-size';
import { startLocalAws } from '../test/support/local-aws';
import { get, post } from '../test/support/mlflow-api';

/** Dollars, us-east-1; docs/mlflow.md says from where and when. */
const PRICES = {
  writeUnit: 0.625e-6,
  readUnit: 0.125e-6,
  gigabyteSecond: 1.33334e-5,
  invocation: 0.2e-6,
  request: 1e-6,
};
/** Memory of the function (lib/cloud/mlflow-api.ts), and a duration to reckon with: it waits for DynamoDB most of the time. */
const GIGABYTES = 1769 / 1024;
const SECONDS = 0.03;

type Item = Record<string, unknown>;
interface Units {
  write: number;
  read: number;
  requests: number;
}
const units: Units = { write: 0, read: 0, requests: 0 };
const writing = (bytes: number) => Math.max(1, Math.ceil(bytes / 1024));
const reading = (bytes: number) => Math.max(1, Math.ceil(bytes / 4096));

/** Unit rules: a write counts each begun KB, a strongly consistent read each begun 4 KB, a part of a transaction twice. */
function count(client: DynamoDBDocumentClient): void {
  const sizeOf = async (TableName: string, Key: Item): Promise<number> => {
    counting = false;
    const { Item: item = {} } = await client.send(new GetCommand({ TableName, Key, ConsistentRead: true }));
    counting = true;
    return itemBytes(item);
  };
  let counting = true;
  client.middlewareStack.add(
    (next, { commandName = '' }) =>
      async (args) => {
        const input = args.input as Record<string, any>; // oxlint-disable-line typescript/no-explicit-any
        const answer = await next(args);
        if (!counting) return answer;
        const output = answer.output as unknown as Record<string, any>; // oxlint-disable-line typescript/no-explicit-any
        if (commandName.startsWith('Get')) units.read += reading(itemBytes((output['Item'] ?? {}) as Item));
        else if (commandName.startsWith('Query'))
          units.read += reading(
            ((output['Items'] ?? []) as Item[]).reduce((sum, item) => sum + itemBytes(item), 0),
          );
        else if (commandName.startsWith('Put')) units.write += writing(itemBytes(input['Item'] as Item));
        else if (commandName.startsWith('Update'))
          units.write += writing(await sizeOf(input['TableName'] as string, input['Key'] as Item));
        else if (commandName.startsWith('BatchWrite'))
          for (const { PutRequest } of Object.values(
            input['RequestItems'] as Record<string, { PutRequest: { Item: Item } }[]>,
          ).flat())
            units.write += writing(itemBytes(PutRequest.Item));
        else if (commandName.startsWith('TransactWrite'))
          for (const { Put } of input['TransactItems'] as { Put?: { Item: Item } }[])
            units.write += 2 * (Put === undefined ? 1 : writing(itemBytes(Put.Item)));
        else throw new Error(`Nobody has said what ${commandName} costs.`);
        return answer;
      },
    { step: 'initialize', name: 'count' },
  );
}

async function during(requests: number, work: () => Promise<unknown>): Promise<Units> {
  const before = { ...units };
  await work();
  return { write: units.write - before.write, read: units.read - before.read, requests };
}

function dollars({ write, read, requests }: Units, times: number): string {
  const store = write * PRICES.writeUnit + read * PRICES.readUnit;
  const compute =
    requests * (SECONDS * GIGABYTES * PRICES.gigabyteSecond + PRICES.invocation + PRICES.request);
  return ((store + compute) * times).toFixed(2);
}

async function main(): Promise<void> {
  const aws = await startLocalAws();
  const { experiment_id } = await post('experiments/create', { name: 'cost' });
  const create = async (): Promise<string> =>
    (await post('runs/create', { experiment_id, tags: [{ key: 'mlflow.user', value: 'ann' }] })).run.info
      .run_id as string;
  const run_id = await create();
  count(documentClient());
  const metrics = (from: number, length: number) =>
    Array.from({ length }, (_metric, i) => ({
      key: `m${i % 10}`,
      value: i / 3,
      timestamp: 1e12 + from + i,
      step: from + i,
    }));
  const single = await during(100, async () => {
    for (const [i, metric] of metrics(0, 100).entries())
      await post('runs/log-metric', { run_id, ...metric, step: i });
  });
  const batched = await during(10, async () => {
    for (let i = 0; i < 10; i++)
      await post('runs/log-batch', { run_id, metrics: metrics(1000 * (i + 1), 1000) });
  });
  const runs = await during(40, async () => {
    for (let i = 0; i < 10; i++) {
      const made = await create();
      const params = Array.from({ length: 20 }, (_param, p) => ({ key: `p${p}`, value: String(p) }));
      await post('runs/log-batch', { run_id: made, params });
      await post('runs/log-batch', { run_id: made, metrics: metrics(0, 100) });
      await post('runs/update', { run_id: made, status: 'FINISHED', end_time: 1 });
    }
  });
  const searched = await during(1, async () =>
    post('runs/search', { experiment_ids: [experiment_id], max_results: 10 }),
  );
  await get('experiments/get?experiment_id=0');
  const row = (what: string, used: Units, times: number) =>
    process.stdout.write(
      `| ${what} | ${Math.round(used.write * times)} | ${Math.round(used.read * times)} | ${Math.round(used.requests * times)} | ${(used.requests * times * SECONDS * GIGABYTES).toFixed(0)} | ${dollars(used, times)} |\n`,
    );
  process.stdout.write(
    '| what | write units | read units | requests | GB-seconds | dollars |\n| --- | --- | --- | --- | --- | --- |\n',
  );
  row('a million metrics, one by one', single, 1e6 / 100);
  row('a million metrics, 1000 a request', batched, 1e6 / 10_000);
  row('1000 runs with 20 params and 100 metrics', runs, 1000 / 10);
  row('1000 first pages of 10 runs', searched, 1000);
  await aws.stop();
}

void main();
