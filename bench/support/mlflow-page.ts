/** The page of `mlflow ui` over an experiment with many runs, in the same browser and measured in the same way. */
import { spawnSync } from 'node:child_process';
import type { Browser } from 'playwright-core';
import { PythonMissing, pythonWith, versionOf } from '../../test/peer/mlflow-environments';
import { join } from 'node:path';
import { visits, type Visit } from './console-visit';
import { startMlflowServer } from '../../test/support/mlflow-server';

export interface MlflowPages {
  readonly version: string;
  /** Its list of experiments. */
  readonly start: readonly Visit[];
  /** The table of the runs of the experiment. */
  readonly runs: readonly Visit[];
}

/** @param count runs of the experiment @returns why nothing is measured, where there is no Python or no index of packages */
export async function mlflowPages(
  browser: Browser,
  count: number,
  repeats: number,
): Promise<MlflowPages | { readonly reason: string }> {
  let python: string;
  try {
    python = process.env['PYTHON'] ?? pythonWith('newest');
  } catch (error) {
    if (error instanceof PythonMissing) return { reason: error.message };
    throw error;
  }
  const environment = { ...process.env, MLFLOW_DISABLE_TELEMETRY: 'true' };
  const server = await startMlflowServer({ python, environment });
  try {
    const created = await fetch(`${server.uri}/api/2.0/mlflow/experiments/create`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ name: 'many-runs' }),
    });
    const { experiment_id: id } = (await created.json()) as { experiment_id: string };
    const seeded = spawnSync(
      python,
      [join(__dirname, 'tracking_seed.py'), server.backend, JSON.stringify({ [id]: count })],
      { encoding: 'utf8', env: environment },
    );
    if (seeded.status !== 0) throw new Error(seeded.stderr);
    return {
      version: versionOf(python) ?? 'unknown',
      start: await visits(browser, `${server.uri}/#/experiments`, 'a[href*="/experiments/"]', repeats),
      runs: await visits(browser, `${server.uri}/#/experiments/${id}/runs`, `a[href*="/runs/"]`, repeats),
    };
  } finally {
    await server.stop();
  }
}
