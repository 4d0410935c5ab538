import { writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import type { CommandDefinition, GlobalOptions } from '../command-context';
import { withConnection } from '../with-connection';

export const auditModelCommand: CommandDefinition = (program, { output }) => {
  program
    .command('audit-model')
    .argument('<name>', 'registered model')
    .argument('<version>', 'its version')
    .description(
      'all that led to a version and all that it did: data, code, decisions, deployments, roll backs',
    )
    .option('--html <file>', 'also as a page')
    .addHelpText(
      'after',
      '\nExamples:\n  millrace audit-model churn 2 --json\n  millrace audit-model churn 2 --html audit.html',
    )
    .action(async (name: string, version: string, options: { html?: string }, command) => {
      const globals = command.optsWithGlobals() as GlobalOptions;
      await withConnection(globals, output, { deploy: false }, async () => {
        const { auditModel } = require('../model-audit') as typeof import('../model-audit');
        const audit = await auditModel(name, version);
        output.result(audit);
        output.heading(`${name}, version ${version}`);
        output.line(
          `${audit.version.stage}${audit.aliases.length === 0 ? '' : `, ${audit.aliases.join(', ')}`}; serves ${audit.serving.map(({ endpoint, as }) => `${endpoint} (${as})`).join(', ') || 'no endpoint'}`,
        );
        for (const { at, what, by, reason } of audit.story) {
          output.line(`  ${output.color.dim(at.replace('T', ' ').slice(0, 19))} ${what}, by ${by}`);
          if (reason !== '') output.line(`    ${reason}`);
        }
        if (options.html === undefined) return;
        const { auditPage } = require('../audit-page') as typeof import('../audit-page');
        const file = resolve(options.html);
        writeFileSync(file, auditPage(audit));
        output.line(`Written to ${file}`);
      });
    });
};
