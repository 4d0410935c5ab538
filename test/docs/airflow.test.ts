/**
 * The tables "Airflow → millrace": every argument, operator and command of Airflow has a line, and every command, builder
 * and page that a line names is there. `airflow-names.json` was taken from an installed Airflow and the wheels of its providers.
 */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import type { Command } from 'commander';
import * as api from '../../lib';
import { Output } from '../../lib/cli/output';
import { createProgram } from '../../lib/cli/program';
import { TRIGGER_RULES } from '../../lib/compiler/trigger-rules';
import { ROOT } from '../support/millrace';
import names from './airflow-names.json';

const DOCS = join(ROOT, 'docs');
const read = (file: string) => readFileSync(join(DOCS, file), 'utf8');
const reference = read('airflow-reference.md');

/** Cells of the rows of a section's tables, without the heads. */
function rowsOf(text: string, heading: string): string[][] {
  const [, after = ''] = text.split(`\n## ${heading}\n`);
  const [section = ''] = after.split('\n## ');
  return section
    .split('\n')
    .filter((line) => line.startsWith('|'))
    .slice(2)
    .map((line) =>
      line
        .split(/(?<!\\)\|/)
        .slice(1, -1)
        .map((cell) => cell.trim()),
    );
}
const code = (cell = ''): string[] => [...cell.matchAll(/`([^`]+)`/g)].map(([, text = '']) => text);

describe('docs/airflow-reference.md', () => {
  it.each<[string, readonly string[], readonly string[]]>([
    ['arguments of a DAG', names.dag, ['Arguments of a DAG']],
    ['arguments of an operator', names.operator, ['Arguments of an operator']],
    ['arguments of a sensor', names.sensor, ['Arguments of a sensor']],
    ['commands', names.commands, ['Commands']],
    ['operators', names.operators, ['Operators, sensors and decorators', 'Operators of Amazon']],
  ])('has a line for each of the %s, and says something in it', (_, wanted, headings) => {
    const rows = headings.flatMap((heading) => rowsOf(reference, heading));
    const listed = new Set(rows.flatMap(([first]) => code(first)));
    expect(wanted.filter((name) => !listed.has(name))).toEqual([]);
    expect(wanted.length).toBeGreaterThan(7);
    for (const row of rows) expect(row[1]).toMatch(/\w{2}/);
  });
});

describe.each(['airflow.md', 'airflow-reference.md'])('docs/%s names nothing that is not there', (file) => {
  const text = read(file);
  const told = text
    .split('\n')
    .filter((line) => line.startsWith('|'))
    .flatMap((line) => line.split(/(?<!\\)\|/).slice(2, -1));

  it('commands', () => {
    const sink = new Writable({ write: (_chunk, _encoding, done) => done() });
    const program = createProgram(
      new Output({ stdout: sink, stderr: sink, json: false, color: false }),
      () => {},
    );
    const named = told.flatMap(code).filter((one) => /^millrace [a-z]/.test(one));
    expect(named.length).toBeGreaterThan(8);
    const missing = named.filter((line) => {
      let at: Command | undefined = program;
      const words = line.split(' ').slice(1);
      for (const word of words.filter((one) => /^[a-z]/.test(one))) {
        const next: Command | undefined = at.commands.find((command) => command.name() === word);
        // What follows a command without commands of its own is an argument.
        if (next === undefined) return at === program || at.commands.length > 0;
        at = next;
      }
      const options = at.options.map(({ long }) => long);
      return words.some(
        (word) =>
          word.startsWith('--') && word !== '--version' && word !== '--help' && !options.includes(word),
      );
    });
    expect(missing).toEqual([]);
  });

  it('builders', () => {
    const known = new Set([...Object.keys(api), ...LOCAL]);
    const named = told.flatMap(code).flatMap((one) => /^(\w+)\(/.exec(one)?.[1] ?? []);
    expect(named.length).toBeGreaterThan(8);
    expect([...new Set(named)].filter((name) => !known.has(name))).toEqual([]);
  });

  it('pages', () => {
    const links = [...text.matchAll(/\]\(([^)#]+)[^)]*\)/g)].map(([, path = '']) => path);
    expect(links.filter((path) => !path.startsWith('https:') && !existsSync(join(DOCS, path)))).toEqual([]);
  });
});

/** What a body or a handler has, and clients of connections. */
const LOCAL = [
  'group',
  'branch',
  'openHttp',
  'openPostgres',
  'openMySql',
  'openSlack',
  'openGoogleCloudStorage',
];

it('order-and-failure.md explains every trigger rule', () => {
  const rules = rowsOf(read('guides/order-and-failure.md'), 'Trigger rules').map(([first]) => code(first)[0]);
  expect(rules).toEqual(Object.keys(TRIGGER_RULES));
});
