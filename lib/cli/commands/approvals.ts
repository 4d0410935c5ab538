import type { CommandDefinition, GlobalOptions } from '../command-context';
import { parseJsonOption } from '../json-option';
import { withConnection } from '../with-connection';

interface Options {
  readonly comment?: string;
  readonly values?: string;
}

export const approvalsCommand: CommandDefinition = (program, { output }) => {
  program
    .command('approvals')
    .argument('<run>', "id of the run, or 'latest'")
    .description('what a run asks people, and what they answered')
    .addHelpText('after', '\nExample:\n  millrace approvals latest')
    .action(async (runId: string, _options, command) => {
      const globals = command.optsWithGlobals() as GlobalOptions;
      await withConnection(globals, output, { deploy: false }, async (connection) => {
        const { requireRun } = require('../run-queries') as typeof import('../run-queries');
        const { listApprovals } =
          require('../../orchestration/approvals') as typeof import('../../orchestration/approvals');
        const { runId: id } = await requireRun(connection, runId);
        const approvals = await listApprovals(id);
        output.result(approvals);
        if (approvals.length === 0) output.line('The run asks for no decision.');
        for (const one of approvals) {
          output.line(`${one.task}  ${one.state}`);
          output.line(`  ${one.prompt}`);
          if (one.decision !== undefined)
            output.line(
              `  ${one.decision.approved ? 'approved' : 'rejected'} by ${one.decision.by}: ${one.decision.comment}`,
            );
          else output.line(`  until ${one.expiresAt}: millrace approve ${id} ${one.task}`);
        }
      });
    });
  for (const [name, approved] of [
    ['approve', true],
    ['reject', false],
  ] as const) {
    program
      .command(name)
      .argument('<run>', "id of the run, or 'latest'")
      .argument('<task>', 'id of the approval')
      .description(approved ? 'let a run that waits for a decision go on' : 'refuse what a run asks')
      .option('--comment <text>', 'kept with the decision')
      .option('--values <json>', 'what the form asks for')
      .addHelpText('after', `\nExample:\n  millrace ${name} latest risk-board --comment "seen"`)
      .action(async (runId: string, task: string, options: Options, command) => {
        const globals = command.optsWithGlobals() as GlobalOptions;
        const values =
          options.values === undefined
            ? undefined
            : parseJsonOption(options.values, '--values', '{"limit": 5}');
        await withConnection(globals, output, { deploy: false }, async (connection) => {
          const { requireRun } = require('../run-queries') as typeof import('../run-queries');
          const { askLauncher, currentUser } = require('../ask-launcher') as typeof import('../ask-launcher');
          const { runId: id } = await requireRun(connection, runId);
          const decision = await askLauncher(
            connection.stage,
            {
              action: 'decide',
              runId: id,
              task,
              approved,
              by: currentUser(),
              ...(options.comment === undefined ? {} : { comment: options.comment }),
              ...(values === undefined ? {} : { values }),
            },
            id,
          );
          output.result(decision);
          output.line(`${task} of ${id} is ${approved ? 'approved' : 'rejected'}.`);
        });
      });
  }
};
