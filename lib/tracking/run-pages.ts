/** Runs of several experiments in MLflow's default order: latest start first, then by id. Pages are read as they are asked for. */
import { trackingTable } from '../aws/tables';
import type { Experiment } from './experiments';
import { runKey } from './keys';
import { underExperiment, type RunDocument } from './run-document';

/** Where a run stands in the order; later ones come behind `after`. */
export function runPosition(run: RunDocument): string {
  return runKey(run.experimentId, run.startTime, run.runId).sk;
}

/** Deleted runs included, each with the lifecycle stage that its experiment gives it. */
export async function* runsNewestFirst(
  experiments: readonly Experiment[],
  /** `expected`: how many are asked for, if that is known. */
  { after, expected }: { readonly after?: string | undefined; readonly expected?: number | undefined } = {},
): AsyncGenerator<RunDocument> {
  const heads = await Promise.all(
    experiments.map(async (experiment) => {
      const runs = runsOf(experiment, after, expected);
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

async function* runsOf(
  experiment: Experiment,
  after: string | undefined,
  pageSize: number | undefined,
): AsyncGenerator<RunDocument> {
  const pages = trackingTable().pagesOf<RunDocument>({
    pk: `E#${experiment.id}`,
    prefix: 'R#',
    ...(after === undefined ? {} : { after }),
    ...(pageSize === undefined ? {} : { pageSize }),
  });
  for await (const page of pages) for (const run of page) yield underExperiment(run, experiment);
}
