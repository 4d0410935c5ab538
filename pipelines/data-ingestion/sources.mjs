// What data-ingestion has around it on one machine: the rows of data/telecom_churn.csv as a file that is delivered every day,
// an API with pages that is busy at every third request, and a PostgreSQL, which is PGlite behind a socket.
// It lives until its standard input ends; see docs/guides/local-world.md.
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { connect, createServer as createSocketServer } from 'node:net';
import { HeadObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';

const HOUR = 3_600_000;
const [head, ...lines] = readFileSync(new URL('../../data/telecom_churn.csv', import.meta.url), 'utf8')
  .trimEnd()
  .split('\n');
const names = head.split(',');
const ofFile = lines.slice(0, 1000);
const ofApi = lines.slice(1000, 2200);
const ofDatabase = lines.slice(2200);

const tell = (said) => process.stdout.write(`${JSON.stringify(said)}\n`);
const listen = (server) =>
  new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(server.address().port)));

let asked = 0;
const api = createServer((request, response) => {
  const { pathname, searchParams } = new URL(request.url, 'http://api');
  if (pathname !== '/customers') return response.writeHead(404).end('{"error":"not found"}');
  asked += 1;
  if (asked % 3 === 0) return response.writeHead(503).end('busy');
  const page = Number(searchParams.get('page') ?? 1);
  const size = Number(searchParams.get('size') ?? 500);
  const customers = ofApi.slice((page - 1) * size, page * size).map((line) => {
    const values = line.split(',');
    return Object.fromEntries(names.map((name, i) => [name, Number(values[i])]));
  });
  return response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify({ customers }));
});

// The engine starts when somebody comes for the first time, or at once when a run waits for it.
let engine;
const startEngine = async () => {
  const { PGlite } = await import('@electric-sql/pglite');
  const { PGLiteSocketServer } = await import('@electric-sql/pglite-socket');
  const db = await PGlite.create();
  const columns = names.map((name) => `${name} ${name === 'customer_value' ? 'double precision' : 'int'}`);
  await db.exec(`CREATE TABLE customers (id int PRIMARY KEY, ${columns.join(', ')});
    INSERT INTO customers VALUES ${ofDatabase.map((line, id) => `(${id}, ${line})`).join(', ')};`);
  const probe = createSocketServer();
  const port = await listen(probe);
  await new Promise((resolve) => probe.close(resolve));
  await new PGLiteSocketServer({ db, host: '127.0.0.1', port }).start();
  return port;
};
const database = createSocketServer((client) => {
  client.on('error', () => {});
  client.pause();
  engine ??= startEngine();
  engine.then(
    (port) => {
      const inner = connect(port, '127.0.0.1');
      inner.on('error', () => client.destroy()).on('close', () => client.destroy());
      client.on('close', () => inner.destroy());
      client.pipe(inner).pipe(client);
    },
    (error) => client.destroy(error),
  );
});

const s3 = new S3Client({ forcePathStyle: true });
const place = { Bucket: process.env.MILLRACE_BUCKET };
/** The time of the local cloud, which may be ahead: `millrace dev --at`. */
const now = () => Date.now() + Number(process.env.MILLRACE_AHEAD_MS ?? 0);
/** The file of a day is delivered once: half of the customers on one day, the others on the next. A run at midnight asks for the day before. */
async function deliver() {
  for (const at of [now() - 24 * HOUR, now()]) {
    const half = Math.floor(at / (24 * HOUR)) % 2 === 0 ? ofFile.slice(0, 500) : ofFile.slice(500);
    const Key = `raw/input/${new Date(at).toISOString().slice(0, 10)}.csv`;
    const there = await s3.send(new HeadObjectCommand({ ...place, Key })).catch((error) => {
      if (error.name === 'NotFound') return undefined;
      throw error;
    });
    if (there !== undefined) continue;
    await s3.send(new PutObjectCommand({ ...place, Key, Body: [head, ...half].join('\n') }));
    tell({ say: `Delivered ${Key}: ${half.length} customers.` });
  }
}

const crm = await listen(api);
const billing = await listen(database);
tell({
  connections: {
    crm: { kind: 'http', baseUrl: `http://127.0.0.1:${crm}/` },
    billing: {
      kind: 'postgres',
      host: '127.0.0.1',
      port: billing,
      database: 'postgres',
      user: 'postgres',
      ssl: 'disable',
    },
  },
  say: `crm answers for ${ofApi.length} customers at port ${crm}, billing for ${ofDatabase.length} at port ${billing}.`,
});
await deliver();
if (process.env.MILLRACE_BESIDE === 'run') await (engine ??= startEngine());
tell({ ready: true });
// A failure, e.g. while the local cloud stops, is tried again an hour later.
setInterval(() => void deliver().catch((error) => console.error(error.message)), HOUR).unref();
process.stdin.resume().on('end', () => process.exit(0));
