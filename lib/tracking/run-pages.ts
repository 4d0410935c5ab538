/** Runs of several experiments in MLflow's default order: latest start first, then by id. Pages are read as they are asked for. */
import type { Selection } from '../aws/dynamo-table';
import { trackingTable } from '../aws/tables';
import type { Experiment } from './experiments';
import { runKey } from './keys';
import { underExperiment, type RunDocument } from './run-document';

/** Where a run stands in the order; later ones come behind `after`. */
export function runPosition(run: RunDocument): string {
  return runKey(run.experimentId, run.startTime, run.runId).sk;
}

export interface RunsToRead {
  readonly after?: string | undefined;
  /** How many are asked for, if that is known. */
  readonly expected?: number | undefined;
  /** What the table may leave out. */
  readonly select?: Selection | undefined;
}

/** Runs of which only some attributes were read lack whole members. */
const NOTHING_LOGGED = { m: {}, p: {}, t: {}, inputs: {} };

/** The whole of runs of which some attributes were read, in their order; `undefined` for those that have gone since. */
export async function wholeRuns(runs: readonly RunDocument[]): Promise<(RunDocument | undefined)[]> {
  const found = await trackingTable().getAll<RunDocument>(
    runs.map(({ experimentId, startTime, runId }) => runKey(experimentId, startTime, runId)),
  );
  // What their experiment makes of them was seen when they were found.
  return found.map((run, i) => run && { ...run, lifecycleStage: (runs[i] ?? run).lifecycleStage });
}

/** Deleted runs included, each with the lifecycle stage that its experiment gives it. */
export async function* runsNewestFirst(
  experiments: readonly Experiment[],
  asked: RunsToRead = {},
): AsyncGenerator<RunDocument> {
  const heads = await Promise.all(
    experiments.map(async (experiment) => {
      const runs = runsOf(experiment, asked);
      return { runs, next: await runs.next() };
    }),
  );
  for (;;) {
    const first = heads
      .filter((head) => head.next.done !== true)
      .reduce<(typeof heads)[number] | undefined>(
        (best, head) =>
          best === undefined ||
          runPosition(head.next.value as RunDocument) < runPosition(best.next.value as RunDocument)
            ? head
            : best,
        undefined,
      );
    if (first === undefined) return;
    yield first.next.value as RunDocument;
    first.next = await first.runs.next();
  }
}

/** Runs of one experiment, page by page, newest first; each as its experiment makes it. */
export async function* pagesOfRuns(
  experiment: Experiment,
  { after, expected, select }: RunsToRead = {},
): AsyncGenerator<RunDocument[]> {
  const pages = trackingTable().pagesOf<RunDocument>({
    pk: `E#${experiment.id}`,
    prefix: 'R#',
    ...(after === undefined ? {} : { after }),
    ...(expected === undefined ? {} : { pageSize: expected }),
    ...(select === undefined ? {} : { select }),
  });
  const whole = (run: RunDocument): RunDocument =>
    select === undefined ? run : { ...NOTHING_LOGGED, ...run, experimentId: experiment.id };
  for await (const page of pages) yield page.map((run) => underExperiment(whole(run), experiment));
}

async function* runsOf(experiment: Experiment, asked: RunsToRead): AsyncGenerator<RunDocument> {
  for await (const page of pagesOfRuns(experiment, asked)) yield* page;
}
