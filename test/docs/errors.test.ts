/** `docs/errors.md` lists every code and every name of an error, as the source has them. `UPDATE_DOCS=1 npx jest test/docs` writes it. */
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { NON_RETRYABLE } from '../../lib/model/errors';

const ROOT = join(__dirname, '..', '..');
const PAGE = join(ROOT, 'docs', 'errors.md');

const sources = readdirSync(join(ROOT, 'lib'), { recursive: true })
  .map(String)
  .filter((name) => name.endsWith('.ts'))
  .sort()
  .map((name) => readFileSync(join(ROOT, 'lib', name), 'utf8'));

const PYTHON_ERRORS = readFileSync(join(ROOT, 'lib', 'runtime', 'python', 'millrace', 'errors.py'), 'utf8');

/** String and template literals of a piece of source; what is filled in shows as `…`. */
function literals(source: string): string[] {
  return [...source.matchAll(/'((?:[^'\\\n]|\\.)*)'|"((?:[^"\\\n]|\\.)*)"|`((?:[^`\\]|\\.)*)`/g)].map(
    (match) =>
      (match[1] ?? match[2] ?? match[3] ?? '')
        .replace(/\$\{(?:[^{}]|\{[^{}]*\})*\}/g, '…')
        .replace(/\$\{.*$/, '…')
        .replace(/\\(.)/g, '$1')
        .replace(/\s+/g, ' '),
  );
}

const isProse = (text: string) => /\s/.test(text) && text.length > 12;

function codes(): string[] {
  const rows = new Map<string, string>();
  for (const source of sources) {
    for (const match of source.matchAll(/'(MR\d{3})'/g)) {
      const [message, hint] = literals(source.slice(match.index + 7, match.index + 900)).filter(isProse);
      if (!rows.has(match[1] ?? ''))
        rows.set(match[1] ?? '', `| ${match[1] ?? ''} | ${cell(message)} | ${cell(hint)} |`);
    }
  }
  return [...rows].sort(([a], [b]) => a.localeCompare(b)).map(([, row]) => row);
}

function names(): string[] {
  const rows = new Map<string, string>();
  // Handlers in Python have some of the same names; what TypeScript says of one comes over it.
  for (const match of PYTHON_ERRORS.matchAll(
    /class \w+\(\w+\):\n(?: {4}"""(.*?)"""\n\n)? {4}name = "(Millrace\.\w+)"/gs,
  ))
    rows.set(match[2] ?? '', match[1] ?? '');
  for (const source of sources) {
    for (const match of source.matchAll(
      /\/\*\*((?:(?!\*\/)[\s\S])*)\*\/\s*export class \w+ extends \w+ \{[\s\S]{0,200}?name = '(Millrace\.\w+)'/g,
    )) {
      const summary = (match[1] ?? '').replace(/\s*\n\s*\*?\s*/g, ' ').trim();
      rows.set(match[2] ?? '', summary);
    }
    for (const match of source.matchAll(/'(Millrace\.[A-Z]\w+)'/g))
      if (!rows.has(match[1] ?? '')) rows.set(match[1] ?? '', '');
  }
  return [...rows]
    .sort(([a], [b]) => a.localeCompare(b))
    .map(
      ([name, summary]) =>
        `| \`${name}\` | ${NON_RETRYABLE.includes(name as never) ? 'no' : 'yes'} | ${cell(summary)} |`,
    );
}

const cell = (text = '') => text.replaceAll('|', '\\|');

it('docs/errors.md is up to date', () => {
  const page = `# Errors

Generated from the source (\`UPDATE_DOCS=1 npx jest test/docs\`).

## What is wrong with a definition

\`millrace check\`, \`millrace list\` and the synthesis show these, all at once, each with its place.

| code | message | remedy |
| --- | --- | --- |
${codes().join('\n')}

## Names of errors

As they stand in logs, in the console of Step Functions and in \`--json\` output. The second column says whether a task that
ends like that is tried again by its retries.

| name | retried | meaning |
| --- | --- | --- |
${names().join('\n')}
`;
  if (process.env['UPDATE_DOCS'] === '1' || !existsSync(PAGE)) writeFileSync(PAGE, page);
  expect(readFileSync(PAGE, 'utf8')).toBe(page);
});
