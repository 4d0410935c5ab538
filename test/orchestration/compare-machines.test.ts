import { athenaQuery, container, join, map, pipeline, pool, shell, z } from '../../lib';
import { compareMachines, type Definition } from '../../lib/orchestration/plan/compare-machines';
import { compile } from '../../lib/compiler/compile';

interface Settings {
  readonly command?: string;
  readonly sql?: string;
  readonly memoryMb?: number;
  readonly inMap?: string;
  readonly pooled?: boolean;
  readonly least?: number;
  readonly docs?: string;
  readonly without?: string;
}

function machine(settings: Settings = {}) {
  const { command = 'true', sql = 'SELECT 1', memoryMb = 2048, inMap = 'true', without } = settings;
  const compiled = compile(
    pipeline(
      { id: 'shop', description: 'Shop', params: z.object({ n: z.number().default(settings.least ?? 1) }) },
      ({ group }) => {
        const first = shell('first', { command }, { docs: settings.docs ?? 'The first.' });
        const second = group('load', () => {
          const pools = settings.pooled === true ? { pool: pool('warehouse', 2) } : {};
          if (without !== 'query')
            athenaQuery('query', { sql, database: 'd', reads: ['raw/'] }, { after: [first], ...pools });
          return container('fit', { runsOn: 'fargate', image: 'a:1', memoryMb, after: [first] });
        });
        if (without !== 'join') join('together', { after: [second] });
        map('each', [1, 2], () => {
          shell('one', { command: inMap });
          if (without !== 'inner') shell('other', { command: 'true' });
        });
      },
    ).model,
  );
  return { definition: compiled.definition as unknown as Definition, tasks: compiled.tasks };
}

/** As it looks when it is deployed: every token has become something. */
function deployed(settings: Settings = {}): Definition {
  const text = JSON.stringify(machine(settings).definition);
  return JSON.parse(text.replace(/\$\{(\w+)\}/g, 'arn:aws:x:eu-central-1:111111111111:$1:7')) as Definition;
}

const compare = (before: Settings, after: Settings) => {
  const { definition, tasks } = machine(after);
  return compareMachines(deployed(before), definition, tasks);
};
const NOTHING = { added: [], removed: [], changed: [], start: false };

it('sees no difference in what a deployment fills in, nor in what is only said', () => {
  expect(compare({}, {})).toEqual(NOTHING);
  expect(compare({}, { docs: 'Another sentence.' })).toEqual(NOTHING);
});

it.each<[string, Settings, Partial<ReturnType<typeof compare>>]>([
  ['the input of a function', { command: 'false' }, { changed: ['first'] }],
  ['the statement of a query', { sql: 'SELECT 2' }, { changed: ['load/query'] }],
  ['the size of a container', { memoryMb: 4096 }, { changed: ['load/fit'] }],
  ['what a map does for an item', { inMap: 'false' }, { changed: ['each/one'] }],
  ['the slots that a task waits for', { pooled: true }, { changed: ['load/query'] }],
  ['the params', { least: 2 }, { start: true }],
])('tells that %s changes', (_what, after, changes) => {
  const found = compare({}, after);
  expect(found).toMatchObject({ added: [], removed: [], start: changes.start ?? false });
  expect(found.changed).toEqual(changes.changed ?? []);
});

it.each<[string, Settings, string]>([
  ['a query', { without: 'query' }, 'load/query'],
  ['a join, which no function runs', { without: 'join' }, 'together'],
  ['a task inside of a map', { without: 'inner' }, 'each/other'],
])('tells that %s comes or goes', (_what, less, task) => {
  expect(compare(less, {})).toMatchObject({ added: [task], removed: [] });
  expect(compare({}, less)).toMatchObject({ added: [], removed: [task] });
});
