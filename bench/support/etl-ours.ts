/** Our side of bench/etl.ts, in a process of its own: `etl-ours.ts <folder> <memory in MB> <threads>`. Prints JSON. */
import { mkdtempSync } from 'node:fs';
import { join } from 'node:path';
import { Database, quoteText } from '../../lib/data/duckdb';
import { importCsv } from '../../lib/data/ingest-csv';
import { transformWithSteps } from '../../lib/data/transform-steps';
import { transformStep, type TransformStepInput } from '../../lib/tasks/transform-step';

const STEPS: readonly TransformStepInput[] = [
  { step: 'join', with: 'shops', on: ['shop_id'] },
  { step: 'impute', columns: ['amount'], strategy: 'mean' },
  { step: 'impute', columns: ['units'], strategy: 'median' },
  { step: 'impute', columns: ['kind'], strategy: 'mode' },
  {
    step: 'window',
    by: ['shop_id'],
    orderBy: ['day'],
    columns: {
      amount_1: { fn: 'lag', of: 'amount' },
      amount_7: { fn: 'rolling', of: 'amount', measure: 'mean', rows: 7, behind: 1 },
    },
  },
];

async function main(): Promise<void> {
  const [folder = '', memory = '', given = ''] = process.argv.slice(2);
  const memoryMb = Number(memory);
  const threads = Number(given);
  const scratch = mkdtempSync(join(folder, 'scratch-'));
  const clock = () => process.cpuUsage();
  // As the peers' libraries are: loaded before.
  await Database.use({ memoryMb, scratch }, (database) => database.run('SELECT 1'));
  const start = performance.now();
  const began = clock();
  const ingest = async (name: string) => {
    const target = join(scratch, `${name}.parquet`);
    const options = { source: name, delimiter: ',', nullValues: [''], types: {}, scratch, memoryMb, threads };
    const { columns } = await importCsv({ ...options, path: join(folder, `${name}.csv`), target });
    return { path: target, columns };
  };
  const inputs = { sales: await ingest('sales'), shops: await ingest('shops') };
  const ingested = performance.now() - start;
  const target = join(scratch, 'result.parquet');
  const steps = STEPS.map((step) => transformStep.parse(step));
  const { rows } = await transformWithSteps({ inputs, steps, target, scratch, memoryMb, threads });
  const seconds = (performance.now() - start) / 1000;
  const { user, system } = process.cpuUsage(began);
  const maxRss = process.resourceUsage().maxRSS / 1024;
  const check = await Database.use({ memoryMb, scratch }, (database) =>
    database.rows(
      `SELECT count(*) AS rows, sum(amount) AS amount, sum(units) AS units, sum(amount_1) AS lag, sum(amount_7) AS rolling,
        sum(amount_7 * id) AS placed, count(*) FILTER (WHERE kind = 'fresh') AS fresh FROM read_parquet(${quoteText(target)})`,
    ),
  );
  console.log(
    JSON.stringify({
      seconds,
      cpu: (user + system) / 1e6,
      steps: { ingest: ingested / 1000, transform: seconds - ingested / 1000 },
      maxRss,
      rows,
      check: check[0],
    }),
  );
}

void main();
