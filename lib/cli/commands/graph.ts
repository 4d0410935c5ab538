import { Option } from 'commander';
import type { CommandDefinition, GlobalOptions } from '../command-context';

export const graphCommand: CommandDefinition = (program, { output }) => {
  program
    .command('graph')
    .argument('<pipeline>', 'id of the pipeline')
    .description('the tasks of a pipeline and what they wait for')
    .addOption(
      new Option('--format <kind>', 'how to draw it').choices(['text', 'mermaid', 'svg']).default('text'),
    )
    .addHelpText(
      'after',
      '\nExamples:\n  millrace graph credit-risk\n  millrace graph credit-risk --format svg > credit-risk.svg',
    )
    .action(async (id: string, options: { format: 'text' | 'mermaid' | 'svg' }, command) => {
      const globals = command.optsWithGlobals() as GlobalOptions;
      const { findProject } = require('../project') as typeof import('../project');
      const { findPipeline } = require('../definitions') as typeof import('../definitions');
      const { taskGraphOf } = require('../task-graph-of') as typeof import('../task-graph-of');
      const { compile } = require('../../compiler/compile') as typeof import('../../compiler/compile');
      const { renderPlan } = require('../render/plan-text') as typeof import('../render/plan-text');
      const { model } = findPipeline(findProject(process.cwd(), globals.directory), id);
      const graph = taskGraphOf(model);
      const { plan, gates } = compile(model);
      if (output.json) return output.result({ ...graph, plan, gates });
      output.raw(await draw(options.format, graph));
      if (options.format !== 'text') return;
      output.raw(`\nAs a state machine (|| side by side):\n\n${renderPlan(plan, '  ').join('\n')}\n`);
      if (gates.length > 0)
        output.raw(`\nGates:\n\n${gates.map(({ from, to }) => `  ${to} waits for ${from}`).join('\n')}\n`);
    });
};

async function draw(
  format: 'text' | 'mermaid' | 'svg',
  graph: import('../render/task-graph').TaskGraph,
): Promise<string> {
  switch (format) {
    case 'text':
      return (require('../render/graph-text') as typeof import('../render/graph-text')).renderText(graph);
    case 'mermaid':
      return (require('../render/graph-mermaid') as typeof import('../render/graph-mermaid')).renderMermaid(
        graph,
      );
    case 'svg':
      return (require('../render/graph-svg') as typeof import('../render/graph-svg')).renderSvg(graph);
  }
}
