import { Option, type Command } from 'commander';
import { CliError, EXIT } from '../cli-error';
import type { CommandContext, GlobalOptions } from '../command-context';
import { parseReason } from '../reason';
import type { GateChange } from '../gate-queries';
import { gatesTable } from '../render/gates-table';
import { withConnection } from '../with-connection';

interface Options {
  readonly modelVersion?: string;
  readonly alias?: string;
  readonly toStage?: 'Staging' | 'Production';
  readonly set?: string;
  readonly clear?: boolean;
  readonly closeAlarm?: string;
  readonly reason?: string;
}

export function modelsGatesCommand(models: Command, { output, exit }: CommandContext): void {
  models
    .command('gates')
    .argument('<name>', 'registered model')
    .description('what stands before aliases and stages of a model; which gates a version would pass')
    .option('--model-version <version>', 'the version to try (default: the newest)')
    .option('--alias <alias>', 'that it is to get')
    .addOption(new Option('--to-stage <stage>', 'that it is to come to').choices(['Staging', 'Production']))
    .option('--set <file>', 'declare the gates that a JSON file holds, in place of those that there are')
    .option('--clear', 'take the gates away')
    .option('--close-alarm <monitor>', 'close an open drift alarm by hand')
    .option('--reason <text>', 'with a change: kept in the history of the model')
    .addHelpText(
      'after',
      `
Examples:
  millrace models gates credit-risk --model-version 3 --alias champion
  millrace models gates credit-risk --set gates.json --reason "asked for by the risk board"

Exit code 1: a gate refuses the version.`,
    )
    .action(async (name: string, options: Options, command: Command) => {
      const globals = command.optsWithGlobals<GlobalOptions>();
      const change = changeOf(options);
      await withConnection(globals, output, { deploy: false }, async () => {
        const gates = require('../gate-queries') as typeof import('../gate-queries');
        if (change !== undefined) {
          const { currentUser } = require('../ask-launcher') as typeof import('../ask-launcher');
          await gates.changeGates(name, change, currentUser());
        }
        const view = await gates.readGates(name, options);
        output.result(view);
        if (view.declared === null) output.line(`${name} has no gates: whatever is promoted gets through.`);
        else
          output.line(
            `Gates of ${name} before ${[...view.declared.aliases, ...view.declared.stages].join(', ')}:`,
          );
        if (view.declared !== null && view.results.length === 0)
          for (const gate of view.declared.gates) output.line(`  ${JSON.stringify(gate)}`);
        if (view.version !== null && view.results.length > 0) {
          output.line(`Version ${view.version}:`);
          gatesTable(output, view.results);
        }
        for (const { monitor, since, reason } of view.alarms)
          output.line(`Drift alarm of ${monitor} since ${since}: ${reason}`);
        if (change === undefined && view.results.some(({ passed }) => !passed)) exit(EXIT.failed);
      });
    });
}

function changeOf({ set, clear, closeAlarm, reason }: Options): GateChange | undefined {
  const asked = [set, clear, closeAlarm].filter((value) => value !== undefined).length;
  const wrong = (message: string, remedy: string) =>
    new CliError(message, { code: EXIT.usage, where: 'command line', remedy });
  if (asked > 1) throw wrong('More than one change at once.', 'Give one of --set, --clear, --close-alarm.');
  if (asked === 0) {
    if (reason === undefined) return undefined;
    throw wrong('--reason, but nothing to change.', 'Give one of --set, --clear, --close-alarm.');
  }
  if (reason === undefined) throw wrong('A change needs a reason.', 'Add --reason "…"; it is kept.');
  const why = parseReason(reason);
  if (set !== undefined) return { kind: 'set', file: set, reason: why };
  if (closeAlarm !== undefined) return { kind: 'close-alarm', monitor: closeAlarm, reason: why };
  return { kind: 'clear', reason: why };
}
