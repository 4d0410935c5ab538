import { Command, Option } from 'commander';
import { version } from '../../package.json';
import type { ExitCode } from './cli-error';
import type { CommandDefinition } from './command-context';
import { approvalsCommand } from './commands/approvals';
import { auditCommand } from './commands/audit';
import { auditModelCommand } from './commands/audit-model';
import { backfillCommand } from './commands/backfill';
import { cancelCommand } from './commands/cancel';
import { checkCommand } from './commands/check';
import { cleanCommand } from './commands/clean';
import { connectionsCommand } from './commands/connections';
import { costCommand } from './commands/cost';
import { deployModelCommand } from './commands/deploy-model';
import { deploymentsCommand } from './commands/deployments';
import { devCommand } from './commands/dev';
import { experimentsCommand } from './commands/experiments';
import { exportCommand } from './commands/export';
import { exportEdgeCommand } from './commands/export-edge';
import { gcCommand } from './commands/gc';
import { graphCommand } from './commands/graph';
import { importCommand } from './commands/import';
import { lineageCommand } from './commands/lineage';
import { listCommand } from './commands/list';
import { logsCommand } from './commands/logs';
import { markCommand } from './commands/mark';
import { modelsCommand, promoteCommand } from './commands/models';
import { notificationsCommand } from './commands/notifications';
import { pauseCommand } from './commands/pause';
import { planCommand } from './commands/plan';
import { reproduceCommand } from './commands/reproduce';
import { rerunCommand } from './commands/rerun';
import { rollbackEndpointCommand } from './commands/rollback-endpoint';
import { runCommand } from './commands/run';
import { runsCommand } from './commands/runs';
import { setEndpointCommand } from './commands/set-endpoint';
import { showCommand } from './commands/show';
import { startCommand } from './commands/start';
import { testCommand } from './commands/test';
import { uploadCommand } from './commands/upload';
import { variablesCommand } from './commands/variables';
import { versionsCommand } from './commands/versions';
import { webhooksCommand } from './commands/webhooks';
import type { Output } from './output';

/** In the order of `--help`. */
const COMMANDS: readonly CommandDefinition[] = [
  startCommand,
  devCommand,
  listCommand,
  checkCommand,
  graphCommand,
  costCommand,
  planCommand,
  runCommand,
  runsCommand,
  showCommand,
  logsCommand,
  rerunCommand,
  markCommand,
  cancelCommand,
  backfillCommand,
  pauseCommand,
  approvalsCommand,
  versionsCommand,
  auditCommand,
  notificationsCommand,
  variablesCommand,
  connectionsCommand,
  modelsCommand,
  promoteCommand,
  webhooksCommand,
  deploymentsCommand,
  deployModelCommand,
  rollbackEndpointCommand,
  setEndpointCommand,
  exportEdgeCommand,
  auditModelCommand,
  experimentsCommand,
  lineageCommand,
  reproduceCommand,
  gcCommand,
  exportCommand,
  importCommand,
  uploadCommand,
  testCommand,
  cleanCommand,
];

export function createProgram(output: Output, exit: (code: ExitCode) => void): Command {
  const program = new Command('millrace')
    .description('ML pipelines as typed TypeScript, on Step Functions in your account or on this machine.')
    .version(version)
    .showSuggestionAfterError()
    .configureOutput({
      writeOut: (text) => output.raw(text),
      writeErr: (text) => output.error(text.trimEnd()),
      outputError: (text, write) => write(text),
    })
    .exitOverride()
    .addHelpText(
      'after',
      `
Exit codes: 0 done; 1 a run or a check failed; 2 wrong usage or input;
3 the environment is at fault (busy port, foreign state directory, no access).`,
    );
  for (const define of COMMANDS) define(program, { output, exit });
  for (const command of program.commands) addCommonOptions(command);
  return program;
}

/** Commands that let tasks run in the local cloud. */
const RUNNING = new Set(['start', 'dev', 'run', 'rerun', 'clear', 'backfill', 'test', 'reproduce']);

function addCommonOptions(command: Command): void {
  for (const part of command.commands) addCommonOptions(part);
  if (RUNNING.has(command.name()))
    command.option('--parallel <number>', 'tasks at once in the local cloud (default: the cores)');
  command
    .exitOverride()
    .option('--json', 'print the result as JSON, and nothing else, on stdout')
    .option('--no-color', 'no colours (also: NO_COLOR=1)')
    .option('--debug', 'print stacks of errors')
    .option('--directory <path>', 'state of the local cloud (default: .millrace in the project)')
    .addOption(new Option('--cloud <where>', 'which cloud to ask').choices(['local', 'aws']).default('local'))
    .option('--endpoint <url>', 'an emulator that is already running')
    .option('--stage <name>', 'stage of the deployment', 'dev');
}
