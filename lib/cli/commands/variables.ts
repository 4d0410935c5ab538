import { EXIT } from '../cli-error';
import type { CommandDefinition, GlobalOptions } from '../command-context';
import { withSettings } from '../settings-connection';

export const variablesCommand: CommandDefinition = (program, { output, exit }) => {
  const queries = () => require('../variable-queries') as typeof import('../variable-queries');
  const variables = program
    .command('variables')
    .description('values that tasks read when they run, and that change without a deployment');
  variables
    .command('list')
    .description('all variables: those that are set, and those that tasks declare')
    .addHelpText('after', '\nExample:\n  millrace variables list --json')
    .action(async (_options, command) => {
      await withSettings(command.optsWithGlobals() as GlobalOptions, output, async (connection) => {
        const found = await queries().listVariables(connection);
        output.result(found);
        if (found.length === 0)
          output.line('No variables. A contract declares them: uses: { variables: […] }.');
        else
          output.table(
            [
              { title: 'NAME', value: ({ name }) => name, fixed: true },
              { title: 'TYPE', value: ({ type }) => type },
              { title: 'VALUE', value: ({ value, state }) => (state === 'not set' ? '–' : value) },
              { title: 'STATE', value: ({ state }) => state, fixed: true },
              { title: 'USED BY', value: ({ usedBy }) => usedBy.join(', ') },
            ],
            found,
          );
      });
    });
  variables
    .command('get')
    .argument('<name>')
    .description('the value as a task would get it')
    .addHelpText('after', '\nExample:\n  millrace variables get minimum-auc')
    .action(async (name: string, _options, command) => {
      await withSettings(command.optsWithGlobals() as GlobalOptions, output, async (connection) => {
        const found = await queries().getVariable(connection, name);
        output.result(found);
        output.line(found.value);
      });
    });
  variables
    .command('test')
    .argument('[name]', 'all of them by default')
    .description('whether tasks find what they declare: exit code 1 when a value is missing or does not fit')
    .addHelpText('after', '\nExamples:\n  millrace variables test\n  millrace variables test minimum-auc')
    .action(async (name: string | undefined, _options, command) => {
      await withSettings(command.optsWithGlobals() as GlobalOptions, output, async (connection) => {
        const tested = await queries().testVariables(connection, name);
        output.result(tested);
        for (const { name: variable, fault } of tested) output.line(`${variable}: ${fault ?? 'good'}`);
        if (tested.some(({ fault }) => fault !== undefined)) exit(EXIT.failed);
      });
    });
  variables
    .command('set')
    .argument('<name>')
    .argument('<value>', 'a text as it is, anything else as JSON; @file for the content of a file')
    .description('set a variable: tasks that start from now on read it')
    .addHelpText(
      'after',
      '\nExamples:\n  millrace variables set minimum-auc 0.75\n  millrace variables set markets \'["de", "fr"]\'',
    )
    .action(async (name: string, value: string, _options, command) => {
      await withSettings(command.optsWithGlobals() as GlobalOptions, output, async (connection) => {
        const set = await queries().setVariable(connection, name, value);
        if (set.usedBy.length === 0) output.warn(`No task of this project declares the variable '${name}'.`);
        output.result(set);
        output.line(`${name} is set in stage ${connection.stage}.`);
      });
    });
  variables
    .command('delete')
    .argument('<name>')
    .description('delete the value: the default counts again')
    .addHelpText('after', '\nExample:\n  millrace variables delete minimum-auc')
    .action(async (name: string, _options, command) => {
      await withSettings(command.optsWithGlobals() as GlobalOptions, output, async (connection) => {
        await queries().deleteVariable(connection, name);
        output.result({ name, deleted: true });
        output.line(`${name} is not set any more in stage ${connection.stage}.`);
      });
    });
};
