/** What is searched and read, written into our table past the API: the same that tracking_seed.py writes into MLflow's database. */
import { trackingTable } from '../../lib/aws/tables';
import { runKey, runPointerKey } from '../../lib/tracking/keys';
import { writeHistory } from '../../lib/tracking/metrics';
import type { RunDocument } from '../../lib/tracking/run-document';

const METRICS = 4;
const PARAMS = 6;
const TAGS = 3;
const CHUNK = 1000;

/** Runs of an experiment. */
export async function seedRuns(experimentId: string, count: number): Promise<void> {
  for (let begin = 0; begin < count; begin += CHUNK) {
    const runs = Array.from({ length: Math.min(CHUNK, count - begin) }, (_run, at) =>
      runOf(experimentId, begin + at),
    );
    await trackingTable().putAll(
      runs.flatMap((run) => [
        { ...runKey(experimentId, run.startTime, run.runId), ...run },
        { ...runPointerKey(run.runId), experimentId, startTime: run.startTime },
      ]),
    );
  }
}

/** Points of the metric `h` of a run. */
export async function seedHistory(runId: string, count: number): Promise<void> {
  for (let begin = 0; begin < count; begin += CHUNK) {
    const points = Array.from({ length: Math.min(CHUNK, count - begin) }, (_point, at) => begin + at);
    await writeHistory(
      runId,
      points.map((i) => ({ key: 'h', value: i % 97, timestamp: i, step: i })),
    );
  }
}

export function seededRunId(experimentId: string, i: number): string {
  return Number(experimentId).toString(16).padStart(8, '0') + i.toString(16).padStart(24, '0');
}

function runOf(experimentId: string, i: number): RunDocument {
  const runId = seededRunId(experimentId, i);
  const members = <T>(count: number, one: (at: number) => readonly [string, T]): Record<string, T> =>
    Object.fromEntries(Array.from({ length: count }, (_member, at) => one(at)));
  return {
    runId,
    experimentId,
    runName: `run ${i}`,
    status: 'FINISHED',
    startTime: 1_700_000_000_000 + i,
    artifactUri: `s3://bucket/artifacts/${experimentId}/${runId}`,
    lifecycleStage: 'active',
    userId: 'bench',
    m: members(METRICS, (m) => [
      `m${m}`,
      { v: String(((i * 7919 + m * 104_729) % 100_003) / 100_003), step: 0, timestamp: 1 },
    ]),
    p: members(PARAMS, (p) => [`p${p}`, `v${(i + p) % 10}`]),
    t: { ...members(TAGS, (t) => [`t${t}`, `tag ${t}`]), 'mlflow.runName': `run ${i}` },
    inputs: {},
    rev: 1,
  };
}
