/** A run beside the one that was made again from it: metrics, params, files, code. */
import { s3Client } from '../aws/clients/s3';
import { resourceNames } from '../aws/environment';
import { ObjectStore } from '../aws/object-store';
import type { RunDocument } from '../tracking/run-document';
import { hashWithout, type Reproduction } from './reproduce-run';

export interface ReproductionView {
  readonly runId: string;
  /** The run that was made again. */
  readonly reproduces: string;
  /** Nothing differs but what is timed. */
  readonly same: boolean;
  readonly code: {
    readonly bundle: 'same' | 'another';
    readonly commit: { readonly before: string; readonly after: string };
    readonly node: { readonly before: string; readonly after: string };
  };
  readonly metrics: readonly {
    readonly metric: string;
    readonly before: number | string | null;
    readonly after: number | string | null;
    /** `null` where a side has no number. */
    readonly difference: number | null;
    /** Whether it counts: times never do, and differences up to the tolerance do not. */
    readonly differs: boolean;
  }[];
  readonly params: readonly {
    readonly param: string;
    readonly before: string | null;
    readonly after: string | null;
  }[];
  readonly files: readonly {
    readonly file: string;
    readonly state: 'same' | 'differs' | 'missing' | 'new';
  }[];
  readonly left: Reproduction['left'];
}

/** Metrics that measure how long something took. */
const TIMED = /(?:^|_)(?:seconds|ms|milliseconds|duration)$/;

/** @param tolerance differences of metrics up to it do not count */
export async function compareReproduction(
  { made, again, recipe, left, runId }: Reproduction,
  tolerance: number,
): Promise<ReproductionView> {
  const metrics = namesOf(made.m, again.m).map((metric) => {
    const [before, after] = [made, again].map((run) => shown(run.m[metric]?.v)) as [Shown, Shown];
    const difference = typeof before === 'number' && typeof after === 'number' ? after - before : null;
    const equal = before === after || (difference !== null && Math.abs(difference) <= tolerance);
    return { metric, before, after, difference, differs: !equal && !TIMED.test(metric) };
  });
  const params = namesOf(made.p, again.p)
    .map((param) => ({ param, before: made.p[param] ?? null, after: again.p[param] ?? null }))
    .filter(({ before, after }) => before !== after);
  const files = await compareFiles(made, again);
  const differs =
    metrics.some((one) => one.differs) || params.length > 0 || files.some(({ state }) => state !== 'same');
  return {
    runId,
    reproduces: made.runId,
    same: !differs && left.length === 0,
    code: {
      bundle: again.t['millrace.codeHash'] === recipe.codeHash ? 'same' : 'another',
      commit: between('mlflow.source.git.commit', made, again),
      node: { before: recipe.node, after: again.t['millrace.node'] ?? 'unknown' },
    },
    metrics,
    params,
    files,
    left,
  };
}

type Shown = number | string | null;

function shown(text: string | undefined): Shown {
  if (text === undefined) return null;
  return Number.isFinite(Number(text)) ? Number(text) : text;
}

function namesOf(one: object, other: object): string[] {
  return [...new Set([...Object.keys(one), ...Object.keys(other)])].sort();
}

function between(tag: string, made: RunDocument, again: RunDocument) {
  return { before: made.t[tag] ?? 'unknown', after: again.t[tag] ?? 'unknown' };
}

/** By content; the id of its own run that a file names is no difference. */
async function compareFiles(made: RunDocument, again: RunDocument): Promise<ReproductionView['files']> {
  const [before, after] = await Promise.all([hashesOf(made), hashesOf(again)]);
  return namesOf(before, after).map((file) => ({
    file,
    state:
      after[file] === undefined
        ? 'missing'
        : before[file] === undefined
          ? 'new'
          : before[file] === after[file]
            ? 'same'
            : 'differs',
  }));
}

async function hashesOf({ artifactUri, runId }: RunDocument): Promise<Record<string, string>> {
  const { bucket } = resourceNames();
  const objects = new ObjectStore(s3Client(), bucket);
  const folder = `${artifactUri.slice(`s3://${bucket}/`.length).replace(/\/+$/, '')}/`;
  const listed = await objects.list(folder);
  const hashed = listed.map(async ({ key }) => [
    key.slice(folder.length),
    hashWithout(await objects.getBytes(key), runId),
  ]);
  return Object.fromEntries(await Promise.all(hashed)) as Record<string, string>;
}
