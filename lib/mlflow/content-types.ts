import { posix } from 'node:path';

/** Text that browsers show as text, as MLflow's own server does: code and configuration of models. */
const TEXT =
  'txt log err cfg conf cnf cf ini properties prop hocon toml yaml yml json jsonl js py py3 csv tsv md rst MLmodel MLproject xml'.split(
    ' ',
  );
const OTHERS: Readonly<Record<string, string>> = {
  html: 'text/html',
  svg: 'image/svg+xml',
  png: 'image/png',
  jpg: 'image/jpeg',
  jpeg: 'image/jpeg',
  gif: 'image/gif',
  pdf: 'application/pdf',
};

export function contentTypeOf(path: string): string {
  const name = posix.basename(path);
  const extension = name.slice(name.lastIndexOf('.') + 1);
  return (
    OTHERS[extension] ?? (TEXT.includes(extension) ? 'text/plain; charset=utf-8' : 'application/octet-stream')
  );
}
