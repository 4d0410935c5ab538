import { stat } from 'node:fs/promises';
import { basename } from 'node:path';
import { CliError, EXIT } from '../cli-error';
import type { CommandDefinition, GlobalOptions } from '../command-context';
import { withConnection } from '../with-connection';

export const uploadCommand: CommandDefinition = (program, { output }) => {
  program
    .command('upload')
    .argument('<file...>', 'files of this machine')
    .description('put files into the data bucket, where pipelines ingest them from')
    .option('--to <folder>', 'where in the bucket', 'raw/')
    .addHelpText(
      'after',
      "\nExamples:\n  millrace upload ~/sales/2026-11.csv\n  millrace upload sales/*.csv --to raw/sales/\n\nA pipeline then names the key: ingestCsv('ingest', { source: 'raw/2026-11.csv', name: 'sales' }).",
    )
    .action(async (files: string[], options: { to: string }, command) => {
      const globals = command.optsWithGlobals() as GlobalOptions;
      const folder = folderOf(options.to);
      // All are looked at before any is sent.
      for (const file of files) await checkFile(file);
      const names = files.map((file) => basename(file));
      const twice = names.find((name, i) => names.indexOf(name) !== i);
      if (twice !== undefined)
        throw new CliError(`Two of the files are called ${twice}; one would take the place of the other.`, {
          code: EXIT.usage,
          where: twice,
          remedy: 'Upload them one after the other with different --to folders.',
        });
      await withConnection(globals, output, { deploy: globals.cloud !== 'aws' }, async () => {
        const { s3Client } = require('../../aws/clients/s3') as typeof import('../../aws/clients/s3');
        const { ObjectStore } = require('../../aws/object-store') as typeof import('../../aws/object-store');
        const { resourceNames } = require('../../aws/environment') as typeof import('../../aws/environment');
        const store = new ObjectStore(s3Client(), resourceNames().bucket);
        const objects = [];
        for (const file of files) {
          const object = await store.putFile(`${folder}${basename(file)}`, file, {
            contentType: contentTypeOf(file),
          });
          objects.push({ file, ...object });
          output.line(
            `${file} → ${object.uri} (${object.bytes} bytes, SHA-256 ${object.sha256.slice(0, 12)})`,
          );
        }
        output.result({ objects });
      });
    });
};

/** Ends with a slash. @throws CliError for a folder that tasks do not read from */
function folderOf(to: string): string {
  const folder = `${to.replace(/^\/+/, '').replace(/\/+$/, '')}/`;
  if (/^raw\/(?:[^/.][^/]*\/)*$/.test(folder)) return folder;
  throw new CliError(`Files are uploaded to raw/ or a folder below it, not to '${to}'.`, {
    code: EXIT.usage,
    where: to,
    remedy: 'What lies elsewhere in the bucket is made by tasks. Name e.g. --to raw/sales/.',
  });
}

async function checkFile(file: string): Promise<void> {
  const found = await stat(file).catch((cause: unknown) => {
    throw new CliError(`The file cannot be read: ${(cause as Error).message}`, {
      code: EXIT.usage,
      where: file,
      remedy: 'Name a file that is there.',
      cause,
    });
  });
  if (!found.isFile())
    throw new CliError(`${file} is no file.`, {
      code: EXIT.usage,
      where: file,
      remedy: 'Name the files in it, e.g. with a star.',
    });
}

const TYPES: Readonly<Record<string, string>> = {
  csv: 'text/csv',
  json: 'application/json',
  jsonl: 'application/x-ndjson',
  parquet: 'application/vnd.apache.parquet',
};

function contentTypeOf(file: string): string {
  return TYPES[file.slice(file.lastIndexOf('.') + 1).toLowerCase()] ?? 'application/octet-stream';
}
