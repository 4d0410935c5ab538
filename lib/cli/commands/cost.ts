import type { CommandDefinition, GlobalOptions } from '../command-context';
import { CliError, EXIT } from '../cli-error';
import type { CostEstimate, CostLine } from '../../model/estimate';
import type { Output } from '../output';

export const costCommand: CommandDefinition = (program, { output }) => {
  program
    .command('cost')
    .argument('<pipeline>', 'id of the pipeline')
    .description('what a run, and a month on its schedule, would cost on AWS')
    .option('--seconds <number>', 'assumed duration of each task', '10')
    .option('--duration <task=seconds...>', 'assumed duration of one task')
    .addHelpText(
      'after',
      '\nExamples:\n  millrace cost credit-risk\n  millrace cost credit-risk --duration train/random-forest=120',
    )
    .action(async (id: string, options: { seconds: string; duration?: string[] }, command) => {
      const globals = command.optsWithGlobals() as GlobalOptions;
      const { findProject } = require('../project') as typeof import('../project');
      const { findCompiled } = require('../definitions') as typeof import('../definitions');
      const { estimatePipeline } = require('../estimate-pipeline') as typeof import('../estimate-pipeline');
      const { model, compiled } = findCompiled(findProject(process.cwd(), globals.directory), id);
      const ids = compiled.tasks.map((task) => task.id);
      const most = compiled.jobs.length === 0 ? LAMBDA_SECONDS : CONTAINER_SECONDS;
      const seconds = parseSeconds(options.seconds, '--seconds', most);
      const durations = new Map<string, number>();
      for (const pair of options.duration ?? []) {
        const at = pair.lastIndexOf('=');
        const task = pair.slice(0, at);
        if (at < 1 || !ids.includes(task)) {
          throw new CliError(`'${pair}' does not name a task of ${id}.`, {
            code: EXIT.usage,
            where: '--duration',
            remedy: `Write task=seconds, with one of: ${ids.join(', ')}.`,
          });
        }
        durations.set(task, parseSeconds(pair.slice(at + 1), '--duration', most));
      }
      const estimate = estimatePipeline(model, compiled, (task) => durations.get(task) ?? seconds);
      output.result(estimate);
      printCost(output, estimate);
    });
};

export function printCost(output: Output, estimate: CostEstimate): void {
  const monthly = estimate.runsPerMonth;
  output.table(
    [
      { title: 'ITEM', value: (line) => line.item, fixed: true },
      { title: 'QUANTITY', value: (line) => quantity(line.quantity), align: 'right' },
      { title: 'UNIT', value: (line) => line.unit },
      { title: 'USD', value: (line) => line.cost.toFixed(6), align: 'right' },
      ...(monthly === null
        ? []
        : [
            {
              title: 'A MONTH',
              value: (line: CostLine) => quantity(line.quantity * monthly),
              align: 'right' as const,
            },
            {
              title: 'USD',
              value: (line: CostLine) => (line.cost * monthly).toFixed(2),
              align: 'right' as const,
            },
          ]),
    ],
    estimate.lines.filter((line) => line.quantity > 0),
  );
  const month =
    estimate.perMonth === null
      ? ''
      : `, ${money(estimate.perMonth)} a month at ${quantity(estimate.runsPerMonth ?? 0)} runs`;
  output.line(
    `${money(estimate.perRun)} a run${month} (list prices ${estimate.region}, ${estimate.asOf}, ${estimate.architecture}, no free tier)`,
  );
  if (estimate.unpriced !== undefined)
    output.line(`Not counted, as they have prices of their own: ${estimate.unpriced.join(', ')}.`);
}

export function money(dollars: number): string {
  return `$${dollars >= 1 ? dollars.toFixed(2) : dollars >= 0.01 ? dollars.toFixed(3) : dollars.toFixed(6)}`;
}

function quantity(value: number): string {
  return Number.isInteger(value) ? String(value) : value < 0.01 ? value.toPrecision(2) : value.toFixed(2);
}

/** The longest that a function runs, and that a container is assumed to. */
const LAMBDA_SECONDS = 900;
const CONTAINER_SECONDS = 28 * 86_400;

function parseSeconds(text: string, where: string, most: number): number {
  const value = Number(text);
  if (!(value > 0 && value <= most)) {
    throw new CliError(`'${text}' is not a duration.`, {
      code: EXIT.usage,
      where,
      remedy: `Give seconds between 0 and ${most}${most === LAMBDA_SECONDS ? ', the limit of a Lambda function' : ''}.`,
    });
  }
  return value;
}
