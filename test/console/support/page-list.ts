/** Every page and tab of the console with the samples, and a text that must be seen there. The plan has a test of its own. */
import type { Samples } from './sample-project';
import { SCRIPT } from './script';

export const PAGES: readonly (readonly [
  name: string,
  path: (s: Samples) => string,
  shows: (s: Samples) => string,
])[] = [
  ['pipelines', () => '/pipelines', () => 'pipelines/broken.ts'],
  ['pipeline', () => '/pipelines/orders', () => 'Books the orders'],
  ['grid', () => '/pipelines/orders?tab=grid', () => 'prepare/clean'],
  ['pipeline-runs', () => '/pipelines/orders?tab=runs', () => '2 runs'],
  ['trend', () => '/pipelines/orders?tab=trend', () => 'Calendar'],
  ['cost', () => '/pipelines/orders?tab=cost', () => 'us-east-1'],
  ['definition', () => '/pipelines/orders?tab=definition', () => 'import { alarmTopic, cron, pipeline'],
  ['backfill', () => '/pipelines/orders?tab=backfill', () => 'First logical date'],
  ['runs', () => '/runs', () => '6 runs'],
  ['run', (s) => `/runs/${s.succeeded}`, (s) => s.succeeded],
  ['gantt', (s) => `/runs/${s.succeeded}?tab=gantt`, () => 'critical path'],
  ['failed-run', (s) => `/runs/${s.failed}?task=book`, () => `nothing left of ${SCRIPT}`],
  ['tasks', (s) => `/runs/${s.succeeded}?tab=tasks`, () => 'prepare/clean'],
  ['audit', (s) => `/runs/${s.succeeded}?tab=audit`, () => 'start'],
  ['task-input', (s) => `/runs/${s.succeeded}?task=book&part=input`, () => 'plus'],
  ['task-output', (s) => `/runs/${s.succeeded}?task=book&part=output`, () => 'said'],
  ['log', (s) => `/runs/${s.failed}?tab=log`, () => `saying ${SCRIPT}`],
  ['params', (s) => `/runs/${s.failed}?tab=params`, () => '"fail"'.replaceAll('"', '')],
  ['approval', (s) => `/runs/${s.asking}`, () => `Refund ${SCRIPT}?`],
  ['experiments', () => '/experiments', () => `prices ${SCRIPT}`],
  ['experiment', (s) => `/experiments/${s.experiment}`, () => 'random forest'],
  ['tracked', (s) => `/tracked/${s.tracked[0]}`, () => '0.91'],
  ['table', (s) => `/tracked/${s.tracked[0]}?tab=artifacts&file=table.csv`, () => SCRIPT],
  ['compare', (s) => `/compare?${s.tracked.map((id) => `run=${id}`).join('&')}`, () => 'Params that differ'],
  ['curves', (s) => `/compare?tab=curves&${s.tracked.map((id) => `run=${id}`).join('&')}`, () => 'Over time'],
  ['parallel', (s) => `/compare?tab=parallel&${s.tracked.map((id) => `run=${id}`).join('&')}`, () => 'Axes'],
  ['scatter', (s) => `/compare?tab=scatter&${s.tracked.map((id) => `run=${id}`).join('&')}`, () => 'Across'],
  ['models', () => '/models', () => 'champion 1'],
  ['model', () => '/models/prices', () => 'Production'],
  ['card', () => '/models/prices?tab=card&version=2', () => `area ${SCRIPT}`],
  [
    'signature',
    (s) => `/tracked/${s.tracked[0]}?tab=artifacts&file=artifacts%2Fmodel%2FMLmodel`,
    () => `area ${SCRIPT}`,
  ],
  ['endpoints', () => '/models/prices?tab=endpoints', () => 'price-of-a-house'],
  ['gates', () => '/models/prices?tab=gates', () => 'Version'],
  ['drift', () => '/models/prices?tab=watch', () => 'rooms drifted.'],
  ['history', () => '/models/prices?tab=history', () => SCRIPT],
  ['lineage', () => '/models/prices?tab=lineage', () => 'prices/1'],
  ['data', () => '/data', () => 'houses'],
  ['dataset', () => '/data/houses', () => 'linear'],
  ['operations', () => '/operations', () => `Refund ${SCRIPT}?`],
];

/** Pages that draw on a canvas. */
export const CHARTS: ReadonlySet<string> = new Set([
  'curves',
  'parallel',
  'scatter',
  'trend',
  'cost',
  'drift',
]);
