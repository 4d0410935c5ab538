import { EXIT } from '../cli-error';
import type { CommandDefinition, GlobalOptions } from '../command-context';

interface Finding {
  readonly pipeline: string | null;
  readonly code: string;
  readonly severity: 'error' | 'warning' | 'notice';
  readonly where: string;
  readonly message: string;
  readonly hint: string;
}

export const checkCommand: CommandDefinition = (program, { output, exit }) => {
  program
    .command('check')
    .argument('[pipeline]', 'only this one')
    .description('check the definitions as a deployment would; every fault at once')
    .addHelpText('after', '\nExamples:\n  millrace check\n  millrace check credit-risk --json')
    .action(async (id: string | undefined, _options, command) => {
      const globals = command.optsWithGlobals() as GlobalOptions;
      const { findProject } = require('../project') as typeof import('../project');
      const { collectPipelines } =
        require('../../cloud/collect-pipelines') as typeof import('../../cloud/collect-pipelines');
      const project = findProject(process.cwd(), globals.directory);
      const { pipelines, failures } = collectPipelines(project.root, project.pipelines);
      const known = pipelines.map((pipeline) => pipeline.model.id);
      if (id !== undefined && !known.includes(id) && !failures.some((failure) => failure.pipeline === id)) {
        const { findPipeline } = require('../definitions') as typeof import('../definitions');
        // It knows how to tell that there is none.
        findPipeline(project, id);
      }
      const relevant = failures.filter((failure) => id === undefined || failure.pipeline === id);
      const findings: Finding[] = relevant.map((failure) => ({
        pipeline: failure.pipeline ?? null,
        code: failure.code,
        severity: 'error',
        where: `${failure.file}${failure.line === undefined ? '' : `:${failure.line}`}`,
        message: failure.message,
        hint: failure.hint,
      }));
      const checked = pipelines.filter((pipeline) => id === undefined || pipeline.model.id === id);
      for (const { model, compiled } of checked) {
        for (const notice of compiled.notices) {
          findings.push({ pipeline: model.id, ...notice, where: notice.path });
        }
      }
      const errors = findings.filter((finding) => finding.severity === 'error').length;
      output.result({ checked: checked.map((pipeline) => pipeline.model.id), findings });
      for (const finding of findings) {
        const paint = finding.severity === 'error' ? output.color.red : output.color.yellow;
        output.line(`${paint(finding.severity)} ${finding.code} ${finding.where}`);
        output.line(`  ${finding.message}`);
        output.line(`  ${output.color.dim('remedy')} ${finding.hint}`);
      }
      output.line(
        errors === 0
          ? `${checked.length} ${checked.length === 1 ? 'pipeline is' : 'pipelines are'} right: ${checked.map((p) => p.model.id).join(', ')}`
          : `${errors} ${errors === 1 ? 'fault' : 'faults'}`,
      );
      if (errors > 0) exit(EXIT.failed);
    });
};
