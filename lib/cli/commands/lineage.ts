import { Option } from 'commander';
import type { CommandDefinition, GlobalOptions } from '../command-context';
import { withConnection } from '../with-connection';

export const lineageCommand: CommandDefinition = (program, { output }) => {
  program
    .command('lineage')
    .argument('<what>', 'a tracked run, <model>/<version>, <model>@<alias>, or the SHA-256 of a dataset')
    .description('what it was made from and what was made from it: data, runs, model versions, code')
    .addOption(new Option('--format <format>', 'how to draw it').choices(['text', 'mermaid']).default('text'))
    .addHelpText(
      'after',
      '\nExamples:\n  millrace lineage credit-risk/3\n  millrace lineage credit-risk@champion --format mermaid',
    )
    .action(async (what: string, options: { format: 'text' | 'mermaid' }, command) => {
      const globals = command.optsWithGlobals() as GlobalOptions;
      await withConnection(globals, output, { deploy: false }, async () => {
        const { findLineageNode } = require('../find-lineage-node') as typeof import('../find-lineage-node');
        const { lineageGraph } =
          require('../../tracking/lineage-graph') as typeof import('../../tracking/lineage-graph');
        const graph = await lineageGraph(await findLineageNode(what));
        output.result(graph);
        if (output.json) return;
        const { lineageText } = require('../render/lineage-text') as typeof import('../render/lineage-text');
        const { lineageMermaid } =
          require('../render/lineage-mermaid') as typeof import('../render/lineage-mermaid');
        output.raw(options.format === 'mermaid' ? lineageMermaid(graph) : lineageText(graph, output.columns));
      });
    });
};
