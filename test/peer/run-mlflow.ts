/**
 * Runs unmodified Python clients of MLflow against this API: `npm run check:mlflow`. It needs Python 3; the clients (2.22, 3.0
 * and the newest) get virtual environments of their own. MILLRACE_PYTHON names one interpreter to use instead; with
 * MLFLOW_TRACKING_URI another server is checked, e.g. `millrace dev`.
 *
 *   npm run check:mlflow                          all clients, all checks
 *   npm run check:mlflow -- --client 3.0 journey  one client, one check
 *   npm run check:mlflow -- --wire                compare with MLflow's own server, request by request
 */
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { mlflowGuest } from '../../lib/mlflow/guest';
import { filesOf } from '../support/guides';
import { startLocalAws } from '../support/local-aws';
import { CoveredEndpoints } from './covered-endpoints';
import { CLIENTS, PythonMissing, pythonWith, versionOf } from './mlflow-environments';

interface Asked {
  readonly wire: boolean;
  readonly clients: readonly string[];
  /** Names of checks. */
  readonly checks: readonly string[];
}

function asked(args: readonly string[]): Asked {
  const at = args.indexOf('--client');
  const client = at < 0 ? undefined : args[at + 1];
  const wire = args.includes('--wire');
  const checks = args.filter((arg, i) => !arg.startsWith('--') && (at < 0 || i !== at + 1));
  // One server is compared with: that of the newest.
  return {
    wire,
    clients: client !== undefined ? [client] : wire ? ['newest'] : Object.keys(CLIENTS),
    checks,
  };
}

async function main(): Promise<number> {
  const { wire, clients, checks } = asked(process.argv.slice(2));
  const given = process.env['MILLRACE_PYTHON'];
  const pythons = given === undefined ? clients.map((client) => () => pythonWith(client)) : [() => given];
  let worst = 0;
  for (const python of pythons) worst = Math.max(worst, await check(python(), wire, checks));
  return worst;
}

async function check(python: string, wire: boolean, checks: readonly string[]): Promise<number> {
  const version = versionOf(python);
  if (version === undefined)
    throw new PythonMissing(`'${python}' has no package mlflow. Leave MILLRACE_PYTHON out to have one made.`);
  process.stdout.write(`mlflow ${version}\n`);
  const script = join(__dirname, wire ? 'mlflow_wire.py' : 'mlflow_client.py');
  const uri = process.env['MLFLOW_TRACKING_URI'];
  if (uri !== undefined) return run(python, script, checks, uri);
  const covered = new CoveredEndpoints();
  const aws = await startLocalAws([covered.around(mlflowGuest)]);
  try {
    const checked = await run(python, script, checks, aws.url);
    if (wire || checks.length > 0) return checked;
    const code = Math.max(checked, (await guideHolds(python, aws.url)) ? 0 : 1);
    process.stdout.write(`${covered.count} endpoints were asked\n`);
    // Clients before 3 know no logged models.
    const missing = version.startsWith('2.') ? [] : covered.missing();
    if (missing.length > 0) process.stdout.write(`FAIL not asked: ${missing.join(', ')}\n`);
    return missing.length > 0 ? 1 : code;
  } finally {
    await aws.stop();
  }
}

/** What the guide on Python shows is run as it stands there. */
async function guideHolds(python: string, uri: string): Promise<boolean> {
  const [script = ''] = Object.values(filesOf('mlflow-python.md'));
  const child = spawn(python, ['-'], {
    stdio: ['pipe', 'pipe', 'inherit'],
    // Its thread for telemetry changes the environment while requests read it.
    env: { ...process.env, MLFLOW_TRACKING_URI: uri, MLFLOW_DISABLE_TELEMETRY: 'true' },
  });
  let said = '';
  child.stdout.on('data', (chunk: Buffer) => (said += chunk.toString()));
  child.stdin.end(script);
  await new Promise((resolve) => child.once('close', resolve));
  const holds = ['best baseline 0.81\n', 'champion 1 [0, 1, 2, 3, 4]\n'].every((line) => said.includes(line));
  process.stdout.write(
    holds ? 'ok   docs/guides/mlflow-python.md\n' : `FAIL docs/guides/mlflow-python.md: ${said}\n`,
  );
  return holds;
}

function run(python: string, script: string, checks: readonly string[], uri: string): Promise<number> {
  process.stdout.write(`against ${uri}\n`);
  return new Promise((resolve) => {
    spawn(python, ['-u', script, ...checks], {
      stdio: 'inherit',
      env: { ...process.env, MLFLOW_TRACKING_URI: uri },
    }).once('exit', (code) => resolve(code ?? 1));
  });
}

main().then(
  (code) => {
    process.exitCode = code;
  },
  (error: unknown) => {
    if (!(error instanceof PythonMissing)) throw error;
    process.stderr.write(`Not run: ${error.message}\n`);
    process.exitCode = 2;
  },
);
