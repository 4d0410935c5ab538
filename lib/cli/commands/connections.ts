import type { CommandDefinition, GlobalOptions } from '../command-context';
import { EXIT } from '../cli-error';
import { withSettings } from '../settings-connection';

export const connectionsCommand: CommandDefinition = (program, { output, exit }) => {
  const queries = () => require('../connection-queries') as typeof import('../connection-queries');
  const connections = program
    .command('connections')
    .description('where outside services are, and how tasks are let in; secrets are never shown');
  connections
    .command('list')
    .description('all connections: those that are set, and those that tasks declare')
    .addHelpText('after', '\nExample:\n  millrace connections list --json')
    .action(async (_options, command) => {
      await withSettings(command.optsWithGlobals() as GlobalOptions, output, async (connection) => {
        const found = await queries().listConnections(connection);
        output.result(found);
        if (found.length === 0)
          output.line('No connections. A contract declares them: uses: { connections: […] }.');
        else
          output.table(
            [
              { title: 'NAME', value: ({ name }) => name, fixed: true },
              { title: 'TO', value: ({ to }) => to, fixed: true },
              { title: 'STATE', value: ({ state }) => state, fixed: true },
              {
                title: 'SETTINGS',
                value: ({ settings }) =>
                  Object.entries(settings)
                    .map(([name, value]) => `${name}=${String(value)}`)
                    .join(' '),
              },
              { title: 'USED BY', value: ({ usedBy }) => usedBy.join(', ') },
            ],
            found,
          );
      });
    });
  connections
    .command('set')
    .argument('<name>')
    .argument('<kind>', 'http, postgres, mysql, slack or google-cloud-storage')
    .argument('<settings...>', 'name=value; a secret as name=env:VARIABLE, name=@file or name=- for stdin')
    .description('set a connection as a whole')
    .addHelpText(
      'after',
      `
Examples:
  millrace connections set warehouse postgres host=db.example.com database=shop user=etl password=env:PGPASSWORD
  millrace connections set crm http baseUrl=https://crm.example.com/api token=-
  millrace connections set lake google-cloud-storage bucket=lake serviceAccount=@key.json`,
    )
    .action(async (name: string, kind: string, given: string[], _options, command) => {
      const { parseConnection } = require('../parse-connection') as typeof import('../parse-connection');
      const stored = await parseConnection(name, kind, given);
      await withSettings(command.optsWithGlobals() as GlobalOptions, output, async (connection) => {
        const set = await queries().setConnection(connection, name, stored);
        if (set.usedBy.length === 0)
          output.warn(`No task of this project declares the connection '${name}'.`);
        output.result(set);
        output.line(`${name} is set in stage ${connection.stage}. Try it: millrace connections test ${name}`);
      });
    });
  connections
    .command('test')
    .argument('<name>')
    .description('open a connection from here and ask the service for something harmless')
    .addHelpText('after', '\nExample:\n  millrace connections test warehouse')
    .action(async (name: string, _options, command) => {
      await withSettings(command.optsWithGlobals() as GlobalOptions, output, async (connection) => {
        const { testConnection } = require('../test-connection') as typeof import('../test-connection');
        const { kind, settings } = await queries().readStored(connection, name);
        const tested = await testConnection(kind, settings);
        output.result({ name, to: kind, ...tested });
        output.line(`${name}: ${tested.ok ? 'works' : 'does not work'}. ${tested.message}`);
        if (!tested.ok) exit(EXIT.failed);
      });
    });
  connections
    .command('delete')
    .argument('<name>')
    .description('delete a connection')
    .addHelpText('after', '\nExample:\n  millrace connections delete warehouse')
    .action(async (name: string, _options, command) => {
      await withSettings(command.optsWithGlobals() as GlobalOptions, output, async (connection) => {
        await queries().deleteConnection(connection, name);
        output.result({ name, deleted: true });
        output.line(`${name} is deleted in stage ${connection.stage}.`);
      });
    });
};
