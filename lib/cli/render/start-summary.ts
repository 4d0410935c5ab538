import type { CostEstimate } from '../../model/estimate';
import { readRun } from '../../orchestration/read-run';
import { listRuns } from '../../tracking/runs';
import { listExperiments } from '../../tracking/experiments';
import type { Connection } from '../connect';
import { money } from '../commands/cost';
import { DEFAULT_PORT } from '../commands/dev';
import type { ModelView } from '../model-queries';
import type { Output } from '../output';
import type { RunView } from '../run-view';
import { summaryOf } from '../summary-of';
import { printRunEnd } from './run-end';

export interface StartSummary {
  readonly run: RunView;
  readonly candidates: readonly {
    readonly name: string;
    readonly metrics: Readonly<Record<string, number>>;
  }[];
  readonly decisions: ModelView['events'];
  readonly champion: { readonly before: string | null; readonly after: string | null };
  readonly cost: CostEstimate | null;
  readonly places: Readonly<Record<string, string>>;
  /** The server of the console is there when the command has ended. */
  readonly stays: boolean;
}

const METRICS = ['auc', 'accuracy', 'precision', 'recall', 'f1'] as const;

/** What came of a run: the candidates, what was decided and why, what it would have cost. */
export async function summarise(
  connection: Connection,
  run: RunView,
  before: readonly ModelView[],
  after: readonly ModelView[],
): Promise<StartSummary> {
  const champion = (models: readonly ModelView[]) =>
    models.find((model) => model.name === run.pipeline)?.aliases['champion'] ?? null;
  const seen = new Set(
    before.flatMap((model) => model.events.map((event) => `${event.at} ${event.version} ${event.what}`)),
  );
  const bucket = process.env['MILLRACE_BUCKET'] ?? '';
  return {
    run,
    candidates: await candidatesOf(run),
    decisions: after
      .flatMap((model) =>
        model.events.filter((event) => !seen.has(`${event.at} ${event.version} ${event.what}`)),
      )
      .reverse(),
    champion: { before: champion(before), after: champion(after) },
    cost: await costOf(connection, run),
    stays: connection.stays === true,
    places: {
      artifacts: `s3://${bucket}/artifacts/`,
      reports: `s3://${bucket}/reports/${run.pipeline}/${run.runId}/`,
      console: consoleOf(connection, run),
      logs: `npx millrace logs ${run.runId}`,
      graph: `npx millrace graph ${run.pipeline} --format svg > ${run.pipeline}.svg`,
    },
  };
}

/** Where the run can be looked at: on the server that stays, or on the one that `millrace dev` brings up. */
function consoleOf({ stays, url }: Connection, { runId }: RunView): string {
  const server = stays === true && url !== undefined ? url : `http://127.0.0.1:${DEFAULT_PORT}`;
  return `${server}/console/runs/${encodeURIComponent(runId)}`;
}

async function candidatesOf(run: RunView): Promise<StartSummary['candidates']> {
  const experiment = (await listExperiments()).find((candidate) => candidate.name === run.pipeline);
  if (experiment === undefined) return [];
  const runs = await listRuns(experiment.id, 100);
  return runs
    .filter(
      (tracked) => tracked.tags['millrace.run'] === run.runId && tracked.metrics['test_auc'] !== undefined,
    )
    .map((tracked) => ({
      name: tracked.runName,
      metrics: Object.fromEntries(
        METRICS.map((name) => [name, tracked.metrics[`test_${name}`] ?? Number.NaN]),
      ),
    }))
    .sort((a, b) => (b.metrics['auc'] ?? 0) - (a.metrics['auc'] ?? 0));
}

/** What it would have cost on AWS; `null` when it is no more known what it did. */
async function costOf(connection: Connection, run: RunView): Promise<CostEstimate | null> {
  const { costOfRun } =
    require('../../orchestration/cost/cost-of-run') as typeof import('../../orchestration/cost/cost-of-run');
  const recorded = await readRun(run.runId);
  const { functions = [], jobs = [] } = summaryOf(connection, run.pipeline) ?? {};
  return recorded === undefined ? null : ((await costOfRun(recorded, { functions, jobs })) ?? null);
}

export function printSummary(output: Output, summary: StartSummary): void {
  const { color } = output;
  output.line();
  printRunEnd(output, summary.run);
  if (summary.candidates.length > 0) {
    output.line();
    output.heading('Models on the held-out part');
    output.table(
      [
        { title: 'MODEL', value: (model) => model.name, fixed: true },
        ...METRICS.map((name) => ({
          title: name.toUpperCase(),
          value: (model: StartSummary['candidates'][number]) =>
            (model.metrics[name] ?? Number.NaN).toFixed(4),
          align: 'right' as const,
        })),
      ],
      summary.candidates,
    );
  }
  if (summary.decisions.length > 0) {
    output.line();
    output.heading('Decisions');
    for (const decision of summary.decisions) {
      output.line(`  version ${decision.version}: ${decision.what}`);
      if (decision.reason !== '') output.line(`    ${color.dim(decision.reason)}`);
    }
  }
  const version = (value: string | null) => (value === null ? 'none' : `version ${value}`);
  output.line(`  champion: ${version(summary.champion.before)} -> ${version(summary.champion.after)}`);
  output.line();
  output.heading('Where things are');
  for (const [name, place] of Object.entries(summary.places)) output.line(`  ${name.padEnd(10)} ${place}`);
  output.line();
  if (summary.cost !== null)
    output.line(
      `On AWS this run would have cost about ${money(summary.cost.perRun)} (${summary.cost.region}, ${summary.cost.asOf}, ${summary.cost.architecture}, no free tier).`,
    );
  output.line();
  output.line(`Look at the run: ${color.bold(summary.places['console'] ?? '')}`);
  if (!summary.stays) output.line('It is there as long as the local cloud is up: npx millrace dev');
}
