/**
 * Lives through days on the virtual clock: schedules ring, files and labels arrive, clients ask, people do what people do.
 * Everything else happens by itself.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { changeFromHere } from '../../../lib/cli/change-endpoint';
import { importCsv } from '../../../lib/data/ingest-csv';
import { VirtualClock } from '../../../lib/local/clock';
import { deployVersion } from '../../../lib/serving/change-endpoint';
import { findEndpoint } from '../../../lib/serving/endpoint';
import { listVersions } from '../../../lib/tracking/model-versions';
import { asCsv, type Customer } from '../customers';
import { startPipelinesCloud, type PipelinesCloud } from '../pipelines-cloud';
import { shuffledLabels, type World } from './world';

export interface Plot {
  readonly days: number;
  readonly world: World;
  /** The export of these days is cut off; it is mended, and the dates are run again, on the day after the last. */
  readonly gap?: readonly [number, number];
  /** On this day labels and customers of the export do not belong together, and somebody deploys what comes of it by hand. */
  readonly shuffled?: number;
}

export interface Played {
  /** Version that answered, for every request that a client sent, by day. */
  readonly answered: readonly {
    readonly day: number;
    readonly during: 'day' | 'shift';
    readonly versions: readonly string[];
  }[];
  /** The version that was deployed by hand. */
  readonly bad: string | undefined;
}

export const START = Date.parse('2025-12-31T00:00:00Z');
const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const EXPORTED = 1200;
const ASKED = 250;
/** What customers did is known to the exporting system so many days later. */
export const LATE_DAYS = 2;
/** New customers are published so many days after they came. */
const PUBLISHED_AFTER = 3;

export async function playStory(at: PipelinesCloud, clock: VirtualClock, plot: Plot): Promise<Played> {
  const { world } = plot;
  const answered: { day: number; during: 'day' | 'shift'; versions: string[] }[] = [];
  let bad: string | undefined;

  /** Keeps all appointments up to a time of a day, each after everything has come to rest. */
  const live = async (day: number, hour: number): Promise<void> => {
    const until = START + day * DAY + hour * HOUR;
    clock.at(until, () => {});
    await at.cloud.idle();
    while (clock.advance(until)) await at.cloud.idle();
  };
  const exported = (day: number): Customer[] =>
    world.customers(Math.max(0, day - LATE_DAYS), EXPORTED, 'export');
  const ask = async (rows: readonly Customer[], id: string): Promise<string> => {
    const answer = await fetch(`${at.endpoints}/churn/predict`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-request-id': id },
      body: JSON.stringify({ records: rows.map(({ fields }) => fields) }),
    });
    const body = (await answer.json()) as { version: string; error?: string };
    if (answer.status !== 200) throw new Error(`${id}: ${answer.status} ${body.error ?? ''}`);
    return body.version;
  };

  await at.upload('telecom_churn.csv', asCsv(exported(0)));
  await publish(at, exported(0));
  // The first model is made by hand; from then on schedules ring.
  await at.launch('churn');
  await live(0, 12);

  for (let day = 1; day <= plot.days; day++) {
    // Midnight: monitoring has looked at the day before. While traffic goes over, clients ask.
    await live(day, 2 / 60);
    if ((await findEndpoint('churn', clock.now()))?.candidate !== undefined) {
      const rows = world.customers(day - 1, 40, 'night');
      const versions = await Promise.all(rows.map((row, i) => ask([row], `night-${day}-${i}`)));
      answered.push({ day, during: 'shift', versions });
    }

    await live(day, 2);
    const [from, to] = plot.gap ?? [];
    const cut = from !== undefined && to !== undefined && day >= from && day <= to;
    const rows = exported(day);
    await at.upload(
      'telecom_churn.csv',
      asCsv(
        cut ? rows.slice(0, 300) : day === plot.shuffled ? shuffledLabels(rows, world.options.seed) : rows,
      ),
    );
    if (world.options.drifts.includes(day - PUBLISHED_AFTER))
      await publish(at, world.customers(day, EXPORTED, 'published'));

    await live(day, 9);
    if (to === day - 1 && from !== undefined)
      await at.ask({
        action: 'backfill',
        pipeline: 'churn',
        from: dateOf(from - 1),
        to: dateOf(to),
        // What a run had read before it failed was cut off too.
        reprocess: 'all',
        by: 'operator',
        why: 'the export was cut off',
      });
    if (day === plot.shuffled) {
      const [newest] = await listVersions('churn');
      bad = newest?.version ?? '';
      const request = {
        endpoint: 'churn',
        model: 'churn',
        version: bad,
        strategy: { kind: 'canary', percent: 20, seconds: 3600 } as const,
        reason: 'somebody is in a hurry',
      };
      await changeFromHere('churn', (by) => deployVersion({ ...request, by, now: clock.now() }));
    }

    await live(day, 12);
    const clients = world.customers(day, ASKED, 'requests');
    const id = `day-${day}`;
    answered.push({ day, during: 'day', versions: [await ask(clients, id)] });

    await live(day, 22);
    await at.objects.putBytes(
      `labels/churn/${id}.jsonl`,
      clients.map(({ churn }, row) => JSON.stringify({ request: id, row, label: churn })).join('\n'),
    );
  }
  await live(plot.days + 1, 1);
  return { answered, bad };
}

/** As data-ingestion leaves it. */
async function publish(at: PipelinesCloud, rows: readonly Customer[]): Promise<void> {
  const scratch = mkdtempSync(join(tmpdir(), 'millrace-published-'));
  const target = join(scratch, 'customers.parquet');
  writeFileSync(join(scratch, 'customers.csv'), asCsv(rows));
  await importCsv({
    path: join(scratch, 'customers.csv'),
    source: 'customers.csv',
    delimiter: ',',
    nullValues: [''],
    types: {},
    target,
    scratch,
    memoryMb: 512,
  });
  await at.objects.putFile('raw/published/customers.parquet', target);
  rmSync(scratch, { recursive: true, force: true });
}

export function dateOf(day: number): string {
  return new Date(START + day * DAY).toISOString().slice(0, 10);
}

/** A cloud whose schedules ring by a clock that stands still until the story moves it. */
export async function startStory(projectRoot: string): Promise<{ at: PipelinesCloud; clock: VirtualClock }> {
  const clock = new VirtualClock(START);
  return { clock, at: await startPipelinesCloud({ projectRoot, schedules: true, warm: 60, clock }) };
}
