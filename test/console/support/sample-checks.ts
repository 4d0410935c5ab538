/** What runs of `stock` have found: of the dataset `houses`, and of the model `prices` that they watch. As their tasks record it. */
import { orchestrationTable } from '../../../lib/aws/tables';
import type { Json } from '../../../lib/model/json';
import { listingKey, taskKey } from '../../../lib/orchestration/keys';
import { SCRIPT } from './script';

const report = { uri: 's3://data/reports/stock/x.html' };
const houses = (sha256: string) => ({ name: 'houses', sha256, rows: 1500, uri: 's3://data/houses.parquet' });

/** By the day of October that a run was for. */
const FOUND: Readonly<Record<string, Readonly<Record<string, Json>>>> = {
  '30': {
    validate: {
      dataset: houses('aa11bb22cc33dd44'),
      success: true,
      evaluated: 12,
      failed: { critical: 0, warning: 0, info: 0 },
      report,
    },
    drift: { drifted: false, reason: 'No feature drifted.', driftedShare: 0.125, report },
  },
  '31': {
    validate: {
      dataset: houses('ee55ff66aa77bb88'),
      success: false,
      evaluated: 12,
      failed: { critical: 0, warning: 2, info: 1 },
      report,
    },
    profile: { dataset: houses('ee55ff66aa77bb88'), alerts: [`rooms: 40 % are missing. ${SCRIPT}`], report },
    drift: { drifted: true, reason: `rooms drifted. ${SCRIPT}`, driftedShare: 0.5, report },
  },
};

/** For `inStage`. */
export async function watchHouses(): Promise<void> {
  for (const [day, outputs] of Object.entries(FOUND)) {
    const at = `2026-10-${day}T05:00:00.000Z`;
    const runId = `stock--schedule--202610${day}T050000Z`;
    const common = { status: 'success', startedAt: at, execution: 'x' };
    await orchestrationTable().put({
      ...listingKey('stock', at, runId),
      ...common,
      runId,
      pipeline: 'stock',
      trigger: 'schedule',
      logicalDate: at,
      endedAt: `2026-10-${day}T05:01:30.000Z`,
    });
    for (const [task, out] of Object.entries(outputs))
      await orchestrationTable().put({
        ...taskKey(runId, task),
        ...common,
        task,
        attempt: 1,
        result: { status: 'success', out },
      });
  }
}
