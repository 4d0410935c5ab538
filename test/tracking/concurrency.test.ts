/** Fifty writers on one run and one model: nothing is lost, doubled or seen half-done, whatever fails in between. */
import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { createExperiment } from '../../lib/tracking/experiments';
import { metricHistory } from '../../lib/tracking/metrics';
import { getVersionByAlias, listVersions } from '../../lib/tracking/model-versions';
import { getModel } from '../../lib/tracking/registered-models';
import { listEvents } from '../../lib/tracking/registry-events';
import { createRun, getRun } from '../../lib/tracking/runs';
import { again, failingCalls, type FailingCalls } from '../support/failing-calls';
import { startLocalAws, type LocalAws } from '../support/local-aws';
import { seededRandom } from '../support/seeded-random';

const WRITERS = 50;
const writers = Array.from({ length: WRITERS }, (_writer, i) => i);

/** A copy of the store, as every instance of a function has one: what one process does in turn, several do not. */
function copyOfStore() {
  let copy: ReturnType<typeof loaded> | undefined;
  jest.isolateModules(() => {
    copy = loaded();
  });
  return copy as ReturnType<typeof loaded>;
}
const loaded = () => ({
  ...(require('../../lib/tracking/log-batch') as typeof import('../../lib/tracking/log-batch')),
  ...(require('../../lib/tracking/model-changes') as typeof import('../../lib/tracking/model-changes')),
  ...(require('../../lib/tracking/model-versions') as typeof import('../../lib/tracking/model-versions')),
  ...(require('../../lib/tracking/promotion') as typeof import('../../lib/tracking/promotion')),
  ...(require('../../lib/tracking/registered-models') as typeof import('../../lib/tracking/registered-models')),
  ...(require('../../lib/aws/clients/dynamodb') as typeof import('../../lib/aws/clients/dynamodb')),
});
let stores: readonly ReturnType<typeof loaded>[];
const storeOf = (writer: number) => stores[writer % stores.length] as ReturnType<typeof loaded>;

let aws: LocalAws;
beforeAll(async () => {
  aws = await startLocalAws();
  stores = [copyOfStore(), copyOfStore(), copyOfStore()];
});
afterAll(async () => aws.stop());

describe.each([
  ['while nothing fails', undefined],
  ['while every tenth call to DynamoDB fails, seed 1', 1],
])('%s', (_title, seed) => {
  let calls: FailingCalls | undefined;
  const test = `t${seed ?? 0}`;
  const failing = () => {
    const clients: readonly DynamoDBDocumentClient[] = stores.map(({ documentClient }) => documentClient());
    calls = seed === undefined ? undefined : failingCalls(clients, seed, 0.1);
  };
  const failed = { before: 0, after: 0 };
  afterEach(() => {
    calls?.stop();
    failed.before += calls?.failed.before ?? 0;
    failed.after += calls?.failed.after ?? 0;
  });
  afterAll(() => {
    expect(failed.before > 0 && failed.after > 0).toBe(seed !== undefined);
  });

  it('no metric, param or tag of a run is lost, and the latest is the latest', async () => {
    const { id } = await createExperiment(`runs ${test}`);
    const runId = seededId(seed ?? 0);
    await createRun({ runId, experimentId: id, runName: 'r', startTime: 1, tags: {} });
    failing();
    await Promise.all(
      writers.map(async (writer) =>
        again(async () =>
          storeOf(writer).logBatch(runId, {
            metrics: [
              { key: 'shared', value: writer / 2, timestamp: 1000 + writer, step: writer },
              { key: `own ${writer}`, value: writer, timestamp: 1, step: 0 },
            ],
            params: { [`p${writer}`]: String(writer), same: 'x' },
            tags: { [`t${writer}`]: 'v' },
          }),
        ),
      ),
    );
    calls?.stop();
    const run = await getRun(runId);
    expect(Object.keys(run.params)).toHaveLength(WRITERS + 1);
    expect(Object.keys(run.tags)).toHaveLength(WRITERS + 1);
    expect(run.metrics).toEqual({
      shared: (WRITERS - 1) / 2,
      ...Object.fromEntries(writers.map((writer) => [`own ${writer}`, writer])),
    });
    expect((await metricHistory(runId, 'shared')).map(({ step }) => step)).toEqual(writers);
  });

  it('one param that all set otherwise has one of the values, and the others are refused', async () => {
    const { id } = await createExperiment(`params ${test}`);
    const runId = seededId(100 + (seed ?? 0));
    await createRun({ runId, experimentId: id, runName: 'r', startTime: 1, tags: {} });
    failing();
    const outcomes = await Promise.allSettled(
      writers.map(async (writer) =>
        again(async () =>
          storeOf(writer).logBatch(runId, {
            params: { p: String(writer) },
            metrics: [{ key: 'm', value: writer, timestamp: 1, step: writer }],
          }),
        ),
      ),
    );
    calls?.stop();
    const won = writers.filter((writer) => outcomes[writer]?.status === 'fulfilled');
    expect(won).toHaveLength(1);
    expect((await getRun(runId)).params).toEqual({ p: String(won[0]) });
    // Whose param was refused has written nothing else either.
    expect((await getRun(runId)).metrics).toEqual({ m: won[0] });
  });

  it('versions of a model count up without gaps, one for each request, and one has the alias at any instant', async () => {
    const name = `model ${test}`;
    await storeOf(0).createVersion({
      name,
      source: 's3://b/first',
      runId: '',
      by: 'b',
      idempotencyKey: 'first',
    });
    await storeOf(0).setAlias(name, 'champion', '1', 'b');
    failing();
    const written = new AbortController();
    const seen = new Set<string>();
    const reader = async (from: number) => {
      while (!written.signal.aborted) {
        const model = await again(async () => storeOf(from).getModel(name));
        const held = model.aliases['champion'];
        const version = await again(async () => storeOf(from).getVersionByAlias(name, 'champion'));
        // Never none, never one that is not there.
        expect(held).toMatch(/^\d+$/);
        expect(Number(held)).toBeLessThan(model.nextVersion);
        seen.add(version?.version ?? 'none');
      }
    };
    const readers = [reader(0)];
    await Promise.all(
      writers.map(async (writer) => {
        const { version } = await again(async () =>
          storeOf(writer).createVersion({
            name,
            source: `s3://b/${writer}`,
            runId: '',
            by: 'b',
            idempotencyKey: `k${writer}`,
          }),
        );
        if (writer % 2 === 0)
          await again(async () => storeOf(writer).setAlias(name, 'champion', version, `w${writer}`));
        else
          await again(async () =>
            storeOf(writer).promote({
              name,
              version,
              alias: 'champion',
              stage: 'Production',
              archiveExisting: true,
              reason: '',
              by: `w${writer}`,
              idempotencyKey: `p${writer}`,
            }),
          );
      }),
    );
    written.abort();
    await Promise.all(readers);
    calls?.stop();

    const versions = await listVersions(name);
    expect(versions.map(({ version }) => Number(version)).sort((a, b) => a - b)).toEqual(
      Array.from({ length: WRITERS + 1 }, (_version, i) => i + 1),
    );
    expect(new Set(versions.map(({ source }) => source)).size).toBe(WRITERS + 1);
    expect(versions.filter(({ stage }) => stage === 'Production')).toHaveLength(1);
    expect(seen).not.toContain('none');
    const events = await listEvents(name);
    // A promotion has a key and is done once. An alias that is set again after a lost answer may have moved in between.
    expect(events.filter(({ action }) => action === 'promote')).toHaveLength(WRITERS / 2);
    expect(events.filter(({ action }) => action === 'set-alias').length).toBeGreaterThan(WRITERS / 2);
    // Each change of the alias begins where the one before it ended: they happened one after the other.
    const changes = events
      .filter(({ alias }) => alias !== undefined)
      .map(({ alias }) => [alias?.from, alias?.to]);
    const oldestFirst = changes[0]?.[0] === null ? changes : [...changes].reverse();
    for (const [i, [from]] of oldestFirst.entries())
      expect(from).toBe(i === 0 ? null : oldestFirst[i - 1]?.[1]);
    expect((await getModel(name)).aliases).toEqual({ champion: oldestFirst.at(-1)?.[1] });
    expect((await getVersionByAlias(name, 'champion'))?.version).toBe(oldestFirst.at(-1)?.[1]);
  });
});

function seededId(seed: number): string {
  const random = seededRandom(seed);
  return Array.from({ length: 32 }, () => Math.floor(random() * 16).toString(16)).join('');
}
