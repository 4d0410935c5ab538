/**
 * Moves from MLflow's own server, release by release: `npm run check:mlflow-import [-- 2.22 newest]`. A server on SQLite is
 * filled by a client of its own release, read as `millrace import <address>` reads it, and compared with what is here then,
 * answer by answer and file by file; the champion predicts the same. A second import changes nothing. It needs Python 3; the
 * environments are those of `npm run check:mlflow`.
 */
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { exportServer } from '../../lib/mlflow/from-server/export-server';
import { mlflowGuest } from '../../lib/mlflow/guest';
import { importStore } from '../../lib/tracking/import-store';
import { startLocalAws } from '../support/local-aws';
import { startMlflowServer } from '../support/mlflow-server';
import { CLIENTS, serverPythonWith, versionOf } from './mlflow-environments';
import { contentOf } from './store-content';
import { runMain } from './run-main';

const SCRIPT = join(__dirname, 'mlflow_fill.py');

async function main(): Promise<number> {
  const asked = process.argv.slice(2);
  let failed = 0;
  for (const client of asked.length > 0 ? asked : Object.keys(CLIENTS)) failed += await moves(client);
  process.stdout.write(failed === 0 ? 'All is here.\n' : `${failed} differences.\n`);
  return failed === 0 ? 0 : 1;
}

async function moves(client: string): Promise<number> {
  const python = serverPythonWith(client);
  process.stdout.write(`from mlflow ${versionOf(python)}\n`);
  const directory = mkdtempSync(join(tmpdir(), 'millrace-check-import-'));
  const environment = { ...process.env, MLFLOW_DISABLE_TELEMETRY: 'true' };
  const server = await startMlflowServer({ python, environment });
  const aws = await startLocalAws([mlflowGuest]);
  try {
    const filled = await ask(python, [], server.uri);
    const { elsewhere } = await exportServer(server.uri, directory);
    const first = await importStore(directory);
    const second = await importStore(directory);
    const faults = [
      ...elsewhere.map((owner) => `artifacts were left behind: ${owner}`),
      ...Object.entries(second.added)
        .filter(([, count]) => count > 0)
        .map(([kind, count]) => `a second import added ${count} of ${kind}`),
      ...differences(await contentOf(server.uri), await contentOf(aws.url)),
    ];
    const predicted = await ask(python, ['predict'], aws.url);
    if (predicted !== filled) faults.push(`the champion predicts ${predicted}; on the server ${filled}`);
    process.stdout.write(`${faults.length === 0 ? 'ok    ' : 'FAILED'}  ${JSON.stringify(first.added)}\n`);
    for (const fault of faults.slice(0, 20)) process.stdout.write(`        ${fault}\n`);
    return faults.length;
  } finally {
    await server.stop();
    await aws.stop();
    rmSync(directory, { recursive: true, force: true });
  }
}

/** The last line that it prints. Not synchronously: the store that it asks may be this process. */
async function ask(python: string, args: readonly string[], uri: string): Promise<string> {
  const { stdout } = await promisify(execFile)(python, [SCRIPT, ...args], {
    env: { ...process.env, MLFLOW_TRACKING_URI: uri, MLFLOW_DISABLE_TELEMETRY: 'true' },
    maxBuffer: 64 * 1024 * 1024,
  });
  return stdout.trim().split('\n').at(-1) ?? '';
}

function differences(there: ReadonlyMap<string, string>, here: ReadonlyMap<string, string>): string[] {
  return [...new Set([...there.keys(), ...here.keys()])].sort().flatMap((what) => {
    const [left, right] = [there.get(what), here.get(what)];
    if (left === right) return [];
    return [`${what}\n          there ${left ?? 'nothing'}\n          here  ${right ?? 'nothing'}`];
  });
}

runMain(main);
