// What the endpoint `churn` has around it on one machine: clients that ask about customers, and labels that tell later what
// became of them. `MILLRACE_CLIENTS=heavy` makes them customers who use the network twice as much, which is a drift.
// It lives until its standard input ends; see docs/guides/local-world.md.
import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { PutObjectCommand, S3Client } from '@aws-sdk/client-s3';

const MINUTE = 60_000;
const AT_FIRST = 200;
const LATER = 20;
const heavy = process.env.MILLRACE_CLIENTS === 'heavy';
const endpoint = `${process.env.MILLRACE_URL}/_api/millrace-${process.env.MILLRACE_STAGE}-serving/endpoints/churn`;

const [head, ...lines] = readFileSync(new URL('../../data/telecom_churn.csv', import.meta.url), 'utf8')
  .trimEnd()
  .split('\n');
const names = head.split(',');
const customers = lines.map((line) => {
  const values = line.split(',');
  const { churn, ...record } = Object.fromEntries(names.map((name, i) => [name, Number(values[i])]));
  if (heavy) record.seconds_of_use = record.seconds_of_use * 2 + 3000;
  return { record, churn };
});
const tell = (said) => process.stdout.write(`${JSON.stringify(said)}\n`);
const s3 = new S3Client({ forcePathStyle: true });

/** Asks about so many customers, then tells what became of them. Returns false while no version is served. */
async function ask(count) {
  const ping = await fetch(`${endpoint}/ping`);
  if (ping.status !== 200) return false;
  const { version } = await ping.json();
  const chosen = Array.from({ length: count }, () => customers[Math.floor(Math.random() * customers.length)]);
  const request = randomUUID();
  const answer = await fetch(`${endpoint}/predict`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-request-id': request },
    body: JSON.stringify({ records: chosen.map(({ record }) => record) }),
  });
  if (answer.status !== 200) throw new Error(`churn answered with ${answer.status}: ${await answer.text()}`);
  const labels = chosen.map(({ churn }, row) => JSON.stringify({ request, row, label: churn }));
  await s3.send(
    new PutObjectCommand({
      Bucket: process.env.MILLRACE_BUCKET,
      Key: `labels/churn/${request}.jsonl`,
      Body: labels.join('\n'),
    }),
  );
  tell({ say: `Asked version ${version} of churn about ${count} ${heavy ? 'heavy users' : 'customers'}.` });
  return true;
}

let first = true;
async function go() {
  if (await ask(first ? AT_FIRST : LATER)) first = false;
}

await go();
if (first) tell({ say: 'No version of churn is served yet: its clients wait for one.' });
tell({ ready: true });
// A failure, e.g. while traffic shifts or the local cloud stops, is tried again a minute later.
setInterval(() => void go().catch((error) => console.error(error.message)), MINUTE).unref();
process.stdin.resume().on('end', () => process.exit(0));
