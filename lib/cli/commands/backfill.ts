import { setTimeout as pause } from 'node:timers/promises';
import { EXIT } from '../cli-error';
import type { CommandDefinition, GlobalOptions } from '../command-context';
import { parseWholeNumber } from '../whole-number';
import { withConnection } from '../with-connection';

interface Options {
  readonly from: string;
  readonly to: string;
  readonly maxActive: string;
  readonly reprocess: string;
  readonly why?: string;
  readonly dryRun?: boolean;
  readonly stopOnFailure?: boolean;
  readonly yes?: boolean;
  readonly wait: boolean;
}

interface Planned {
  readonly id: string;
  readonly dates: readonly { readonly logicalDate: string; readonly action: string }[];
}

interface Progress {
  readonly ticks: number;
  readonly statuses: Readonly<Record<string, number>>;
}

const ASK_AGAIN_MS = 1000;

export const backfillCommand: CommandDefinition = (program, { output, exit }) => {
  program
    .command('backfill')
    .argument('<pipeline>', 'id of the pipeline')
    .description('run the logical dates of a range')
    .requiredOption('--from <date>', 'first logical date')
    .requiredOption('--to <date>', 'last logical date')
    .option('--max-active <number>', 'runs at once', '1')
    .option('--reprocess <what>', 'dates that had a run: none, failed or all', 'none')
    .option('--why <text>', 'kept in the audit of the pipeline')
    .option('--stop-on-failure', 'start nothing more of it when a run has failed')
    .option('--dry-run', 'say what would be run')
    .option('--yes', 'allow more than 10,000 dates')
    .option('--no-wait', 'return as soon as all are queued')
    .addHelpText(
      'after',
      '\nExamples:\n  millrace backfill demand-forecast --from 2026-01-01 --to 2026-03-31 --max-active 4\n  millrace backfill demand-forecast --from 2026-01-01 --to 2026-01-31 --dry-run',
    )
    .action(async (pipeline: string, options: Options, command) => {
      const globals = command.optsWithGlobals() as GlobalOptions;
      const maxActive = parseWholeNumber(options.maxActive, { option: '--max-active', from: 1, to: 1000 });
      await withConnection(
        globals,
        output,
        { deploy: globals.cloud !== 'aws' },
        async ({ stage, project }) => {
          if (globals.cloud !== 'aws' && globals.endpoint === undefined && options.dryRun !== true) {
            const { findCompiled } = require('../definitions') as typeof import('../definitions');
            const { uploadSamples } = require('../sample-data') as typeof import('../sample-data');
            for (const { key } of await uploadSamples(
              project.root,
              findCompiled(project, pipeline).model,
              {},
            ))
              output.progress(`Data: ${key}, as the bucket had none`);
          }
          const { askLauncher, currentUser } = require('../ask-launcher') as typeof import('../ask-launcher');
          const { from, to, reprocess, dryRun } = options;
          const planned = await askLauncher<Planned>(
            stage,
            {
              action: 'backfill',
              pipeline,
              from,
              to,
              maxActive,
              reprocess,
              by: currentUser(),
              ...(options.why === undefined ? {} : { why: options.why }),
              ...(dryRun === undefined ? {} : { dryRun }),
              ...(options.stopOnFailure === undefined ? {} : { stopOnFailure: true }),
              ...(options.yes === undefined ? {} : { confirmed: true }),
            },
            pipeline,
          );
          if (dryRun === true || !options.wait) {
            output.result(planned);
            for (const date of planned.dates) output.line(`${date.logicalDate}  ${date.action}`);
            return;
          }
          const progress = await toTheEnd(() =>
            askLauncher<Progress>(stage, { action: 'backfill-progress', pipeline, id: planned.id }, pipeline),
          );
          output.result({ id: planned.id, ...progress });
          output.line(`Backfill ${planned.id}: ${inWords(progress)}`);
          if (Object.keys(progress.statuses).some((status) => status !== 'success')) exit(EXIT.failed);
        },
      );
    });

  async function toTheEnd(ask: () => Promise<Progress>): Promise<Progress> {
    for (let last = ''; ;) {
      const progress = await ask();
      const text = inWords(progress);
      if (text !== last) output.progress(text);
      last = text;
      const { queued = 0, running = 0 } = progress.statuses;
      if (queued + running === 0) return progress;
      await pause(ASK_AGAIN_MS);
    }
  }
};

function inWords({ ticks, statuses }: Progress): string {
  return `${ticks} dates: ${Object.entries(statuses)
    .map(([status, count]) => `${count} ${status}`)
    .join(', ')}`;
}
