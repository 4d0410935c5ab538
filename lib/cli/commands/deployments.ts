import type { CommandDefinition, GlobalOptions } from '../command-context';
import { withConnection } from '../with-connection';

export const deploymentsCommand: CommandDefinition = (program, { output }) => {
  program
    .command('deployments')
    .argument('[endpoint]', 'with its history; all endpoints by default')
    .description('which version of which model each endpoint serves, and how that came about')
    .addHelpText('after', '\nExamples:\n  millrace deployments\n  millrace deployments churn --json')
    .action(async (name: string | undefined, _options, command) => {
      const globals = command.optsWithGlobals() as GlobalOptions;
      await withConnection(globals, output, { deploy: false }, async () => {
        const { readDeployment, readDeployments } =
          require('../deployment-queries') as typeof import('../deployment-queries');
        if (name === undefined) {
          const endpoints = await readDeployments();
          output.result(endpoints);
          if (endpoints.length === 0)
            return output.line('No endpoints yet: millrace deploy-model <model> <version> makes one.');
          return output.table(
            [
              { title: 'ENDPOINT', value: (one) => one.endpoint, fixed: true },
              { title: 'MODEL', value: (one) => one.model },
              { title: 'VERSION', value: (one) => one.stable ?? '-', align: 'right' },
              { title: 'CANDIDATE', value: (one) => one.candidateText },
              { title: 'TARGET', value: (one) => one.target?.kind ?? 'function' },
              { title: 'SHADOW', value: (one) => one.shadow ?? '-' },
              { title: 'SINCE', value: (one) => one.updatedAt.replace('T', ' ').slice(0, 16), fixed: true },
            ],
            endpoints,
          );
        }
        const deployment = await readDeployment(name);
        output.result(deployment);
        output.heading(name);
        output.line(
          `${deployment.model}, version ${deployment.stable ?? 'none'}${deployment.candidateText === '-' ? '' : `; candidate: ${deployment.candidateText}`}`,
        );
        if (deployment.target !== undefined)
          output.line(
            `${deployment.target.kind}: ${deployment.targetState?.state ?? 'nobody has looked yet'}. ${deployment.targetState?.message ?? ''}`.trimEnd(),
          );
        for (const change of deployment.changes) {
          output.line(
            `  ${output.color.dim(change.at.replace('T', ' ').slice(0, 19))} ${change.action}: ${change.from ?? 'none'} -> ${change.to ?? 'none'}, by ${change.by}`,
          );
          output.line(`    ${change.reason}`);
        }
      });
    });
};
