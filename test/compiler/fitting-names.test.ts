import { alarmTopic, athenaQuery, map, pipeline, pool, shell } from '../../lib';
import { compile } from '../../lib/compiler/compile';
import { shortName } from '../../lib/compiler/fitting-names';
import { machineFaults } from '../cloud/support/validate-machine';
import { CompiledRuns } from '../support/run-compiled';

const long = (letter: string, length = 76): string => letter.repeat(length);
const namesIn = (value: unknown): string[] =>
  typeof value !== 'object' || value === null
    ? []
    : Object.entries(value).flatMap(([key, member]) => [
        ...(key === 'States' ? Object.keys(member as object) : []),
        ...namesIn(member),
      ]);

/** a and b, c of both, d of b alone: held by a gate, in Parallels that begin with the same task. */
const held = (length: number) =>
  pipeline({ id: 'held', description: 'Held' }, () => {
    const a = shell(long('a', length), { command: 'true' }, { pool: pool('p', 1), maxActive: 1 });
    const b = shell(long('b', length), { command: 'true' });
    shell(long('c', length), { command: 'true' }, { after: [a, b] });
    const d = shell(long('d', length), { command: 'true' }, { after: [b] });
    map(long('m', Math.min(length, 65)), [1], () => shell('one', { command: 'true' }), { after: [d] });
  }).model;

it('keeps the beginning and tells long names apart', () => {
  expect(shortName('free failed train')).toBe('free failed train');
  expect(shortName(long('x', 81))).toMatch(/^x{73} [0-9a-f]{6}$/);
  expect(shortName(`${long('x', 90)}1`)).not.toBe(shortName(`${long('x', 90)}2`));
});

it.each([1, 30, 60, 76])(
  'gives each state a name of its own that fits: ids of %i characters',
  async (length) => {
    const compiled = compile(held(length));
    expect(compiled.gates).not.toEqual([]);
    const names = namesIn(compiled.definition);
    expect(new Set(names).size).toBe(names.length);
    expect(Math.max(...names.map((name) => name.length))).toBeLessThanOrEqual(80);
    expect(names).toEqual(expect.arrayContaining(compiled.tasks.map(({ state }) => state)));
    expect(machineFaults(compiled.definition)).toBe('');
    const runs = new CompiledRuns();
    await runs.open();
    try {
      const run = await runs.run(compiled, {}, () => ({ seconds: 1, out: {} }));
      expect(run.status).toBe('SUCCEEDED');
      expect(Object.values(run.statuses ?? {})).toEqual(Array.from({ length: 5 }, () => 'success'));
    } finally {
      await runs.close();
    }
  },
);

it('does so for queries with all options', () => {
  const { definition } = compile(
    pipeline({ id: 'queries', description: 'Long names' }, () => {
      athenaQuery(
        long('q', 67),
        { sql: 'SELECT 1', database: 'd', reads: ['raw/'] },
        {
          cache: { for: 60 },
          outlets: ['a'],
          onFailure: [alarmTopic],
          onRetry: [alarmTopic],
          pool: pool('p', 1),
        },
      );
    }).model,
  );
  expect(Math.max(...namesIn(definition).map((name) => name.length))).toBeLessThanOrEqual(80);
  expect(machineFaults(definition)).toBe('');
});
