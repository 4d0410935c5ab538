import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { CommandDefinition, GlobalOptions } from '../command-context';
import type { PipelinePlan } from '../../orchestration/plan/plan-pipelines';
import { withConnection } from '../with-connection';

export const planCommand: CommandDefinition = (program, { output }) => {
  program
    .command('plan')
    .argument('[pipeline]', 'only this one')
    .description('what a deployment of the working copy would change')
    .addHelpText('after', '\nExamples:\n  millrace plan\n  millrace plan credit-risk --cloud aws --json')
    .action(async (only: string | undefined, _options, command) => {
      const globals = command.optsWithGlobals() as GlobalOptions;
      await withConnection(globals, output, { deploy: false }, async (connection) => {
        const { synthesise } = require('../../cloud/synthesise') as typeof import('../../cloud/synthesise');
        const { planPipelines } =
          require('../../orchestration/plan/plan-pipelines') as typeof import('../../orchestration/plan/plan-pipelines');
        const { readAssembly } = require('../read-assembly') as typeof import('../read-assembly');
        const outdir = mkdtempSync(join(tmpdir(), 'millrace-plan-'));
        try {
          output.progress('Synthesising the templates …');
          await synthesise({
            outdir,
            stage: connection.stage,
            projectRoot: connection.project.root,
            pipelinesDir: connection.project.pipelines,
            context: { 'allow-broken': true },
            validate: false,
          });
          const { pipelines } = JSON.parse(
            readFileSync(join(outdir, 'millrace.json'), 'utf8'),
          ) as import('../assembly').AssemblySummary;
          const plans = await planPipelines(
            connection.stage,
            pipelines,
            readAssembly(outdir),
            connection.where === 'aws' ? 'aws' : 'local',
          );
          const shown = plans.filter((plan) => only === undefined || plan.pipeline === only);
          output.result(shown);
          for (const plan of shown) describe(plan);
        } finally {
          rmSync(outdir, { recursive: true, force: true });
        }
      });
    });

  function describe(plan: PipelinePlan): void {
    output.line(`${plan.pipeline}: ${plan.change}`);
    const lines: [string, readonly string[]][] = [
      ['+', plan.added],
      ['-', plan.removed],
      ['~', plan.changed],
      ['code', plan.code],
    ];
    for (const [sign, tasks] of lines) for (const task of tasks) output.line(`  ${sign} ${task}`);
    if (plan.start) output.line('  params, schedule or concurrency change');
    if (plan.runsInFlight > 0) output.line(`  ${plan.runsInFlight} going on`);
    for (const note of plan.notes) output.line(`  ${note}`);
  }
};
