import { trackingTable } from '../../lib/aws/tables';
import { readLineage } from '../../lib/tracking/lineage';
import {
  createVersion,
  getVersion,
  getVersionByAlias,
  listVersions,
  listVersionsOfRun,
  type NewVersion,
} from '../../lib/tracking/model-versions';
import { promote, type PromotionRequest } from '../../lib/tracking/promotion';
import { getModel, listModels } from '../../lib/tracking/registered-models';
import { listEvents } from '../../lib/tracking/registry-events';
import { rollback } from '../../lib/tracking/rollback';
import { startLocalAws, type LocalAws } from '../support/local-aws';

let aws: LocalAws;
beforeAll(async () => {
  aws = await startLocalAws();
});
afterAll(async () => aws.stop());

const EXECUTION = 'arn:aws:states:us-east-1:000000000000:execution:millrace-test-credit-risk:x';

function version(name: string, key: string): NewVersion {
  return {
    name,
    source: `s3://millrace-test-data/artifacts/1/${key}/model/`,
    runId: `run-${key}`,
    idempotencyKey: key,
    by: EXECUTION,
    lineage: {
      pipeline: 'credit-risk',
      logicalRun: 'credit-risk--manual--1',
      task: 'register',
      execution: EXECUTION,
      commit: 'abc123',
      dirty: false,
      codeHash: 'c0de',
      datasets: [
        { name: 'applications', uri: 's3://b/d.parquet', sha256: 'da7a', context: 'training' },
        { name: 'applications', uri: 's3://b/e.parquet', sha256: 'e57', versionId: 'v9', context: 'test' },
      ],
    },
  };
}

async function withVersions(name: string, count: number): Promise<void> {
  for (let i = 1; i <= count; i++) await createVersion(version(name, `${name}-${i}`));
}

const toChampion = (name: string, v: string, more: Partial<PromotionRequest> = {}): PromotionRequest => ({
  name,
  version: v,
  stage: 'Production',
  alias: 'champion',
  archiveExisting: true,
  reason: `version ${v} is better`,
  by: EXECUTION,
  ...more,
});

const stages = async (name: string) =>
  Object.fromEntries((await listVersions(name)).map((v) => [v.version, v.stage]));

describe('versions', () => {
  it('count up from 1', async () => {
    await withVersions('counted', 2);
    expect((await listVersions('counted')).map((v) => v.version)).toEqual(['2', '1']);
    expect(await getModel('counted')).toMatchObject({ nextVersion: 3, latest: { None: '2' }, aliases: {} });
    expect((await listModels()).find((model) => model.name === 'counted')).toMatchObject({ nextVersion: 3 });
  });

  it('made by many at once have different numbers without gaps, the first of a new model included', async () => {
    const made = await Promise.all(
      Array.from({ length: 10 }, (_, i) => createVersion(version('raced', `raced-${i}`))),
    );
    expect(made.map((v) => Number(v.version)).sort((a, b) => a - b)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
  });

  it('made under the same key, later or at the same time, are one', async () => {
    const made = await Promise.all(
      Array.from({ length: 5 }, () => createVersion(version('repeated', 'same'))),
    );
    made.push(await createVersion(version('repeated', 'same')));
    expect(new Set(made.map((v) => v.version))).toEqual(new Set(['1']));
    expect(await listVersions('repeated')).toHaveLength(1);
    expect(await listEvents('repeated')).toHaveLength(1);
  });

  it('lead back to run, data, code and execution, and from there forward again', async () => {
    const made = await createVersion(version('traced', 'traced-1'));
    expect(await getVersion('traced', '1')).toEqual(made);
    const { id } = await getModel('traced');
    const from = await readLineage({ kind: 'version', id: `${id}/1` });
    expect(from.map(({ direction, node }) => `${direction} ${node.kind} ${node.id}`)).toEqual([
      'from code abc123',
      'from dataset da7a',
      'from dataset e57',
      `from execution ${EXECUTION}`,
      'from logical-run credit-risk--manual--1',
      'from run run-traced-1',
    ]);
    expect(from[2]?.detail).toEqual({
      name: 'applications',
      uri: 's3://b/e.parquet',
      versionId: 'v9',
      context: 'test',
    });
    const models = (await readLineage({ kind: 'dataset', id: 'da7a' })).map((edge) => edge.node.id);
    expect(models).toContain(`${id}/1`);
    expect((await listVersionsOfRun('run-traced-1')).map((v) => v.name)).toEqual(['traced']);
  });

  it.each(['', 'a/b', 'a:b', '..'])('refuse the model name %j', async (name) => {
    await expect(createVersion(version(name, 'x'))).rejects.toMatchObject({
      name: 'Millrace.TrackingRefused',
    });
  });

  it('that are unknown are named', async () => {
    await withVersions('known', 1);
    await expect(getVersion('known', '7')).rejects.toThrow('Model Version (name=known, version=7) not found');
    await expect(getVersion('known', 'x')).rejects.toThrow('version=x');
    await expect(getVersion('unheard', '1')).rejects.toThrow(
      'Model Version (name=unheard, version=1) not found',
    );
    expect(await getVersionByAlias('known', 'champion')).toBeUndefined();
    expect(await getVersionByAlias('unheard', 'champion')).toBeUndefined();
  });
});

describe('a promotion', () => {
  it('moves stage, alias and listing, archives the others, and records who, why, from and to', async () => {
    await withVersions('moved', 2);
    expect(await promote(toChampion('moved', '1'))).toEqual({
      version: '1',
      stage: 'Production',
      alias: 'champion',
      previous: null,
      gates: [],
      forced: false,
    });
    expect(await promote(toChampion('moved', '2', { expected: '1' }))).toMatchObject({ previous: '1' });
    expect(await stages('moved')).toEqual({ 1: 'Archived', 2: 'Production' });
    expect((await getVersionByAlias('moved', 'champion'))?.version).toBe('2');
    const listed = (await listModels()).find((model) => model.name === 'moved');
    expect(listed).toMatchObject({
      aliases: { champion: '2' },
      latest: { Production: '2', Archived: '1' },
    });
    expect(listed?.latest).not.toHaveProperty('None');
    const [last] = await listEvents('moved');
    expect(last).toMatchObject({
      action: 'promote',
      version: '2',
      by: EXECUTION,
      reason: 'version 2 is better',
      stage: { from: 'None', to: 'Production' },
      alias: { name: 'champion', from: '1', to: '2' },
      archived: ['1'],
    });
  });

  it('to a stage leaves the aliases alone', async () => {
    await withVersions('staged', 2);
    await promote(toChampion('staged', '1'));
    const promotion = await promote({
      name: 'staged',
      version: '2',
      stage: 'Staging',
      archiveExisting: false,
      reason: 'not better',
      by: EXECUTION,
    });
    expect(promotion).toMatchObject({ version: '2', stage: 'Staging', alias: null, previous: null });
    expect((await getVersionByAlias('staged', 'champion'))?.version).toBe('1');
    expect(await stages('staged')).toEqual({ 1: 'Production', 2: 'Staging' });
  });

  it('is refused when the champion changed since the comparison, and nothing moves', async () => {
    await withVersions('compared', 3);
    await promote(toChampion('compared', '1', { expected: null }));
    await promote(toChampion('compared', '2', { expected: '1' }));
    const before = await getModel('compared');
    await expect(promote(toChampion('compared', '3', { expected: '1' }))).rejects.toMatchObject({
      name: 'Millrace.ChampionChanged',
      message:
        "The alias 'champion' of compared is at version 2 now; it was at version 1 when version 3 was compared. Compare it again, then promote.",
    });
    await expect(promote(toChampion('compared', '3', { expected: null }))).rejects.toThrow('it was free');
    expect(await getModel('compared')).toEqual(before);
  });

  it('against the same champion at the same time succeeds once', async () => {
    await withVersions('contested', 7);
    await promote(toChampion('contested', '1'));
    const outcomes = await Promise.allSettled(
      ['2', '3', '4', '5', '6', '7'].map((v) => promote(toChampion('contested', v, { expected: '1' }))),
    );
    const won = outcomes.filter((outcome) => outcome.status === 'fulfilled');
    expect(won).toHaveLength(1);
    for (const outcome of outcomes)
      if (outcome.status === 'rejected')
        expect(outcome.reason).toMatchObject({ name: 'Millrace.ChampionChanged' });
    const champion = (await getVersionByAlias('contested', 'champion'))?.version;
    expect(champion).toBe((won[0] as PromiseFulfilledResult<{ version: string }>).value.version);
    const inProduction = Object.entries(await stages('contested')).filter(([, s]) => s === 'Production');
    expect(inProduction).toEqual([[champion, 'Production']]);
    expect(await listEvents('contested')).toHaveLength(9);
  });

  it('without an expectation, at the same time as others, leaves one champion and the whole history', async () => {
    await withVersions('free-for-all', 5);
    await Promise.all(['1', '2', '3', '4', '5'].map((v) => promote(toChampion('free-for-all', v))));
    const events = (await listEvents('free-for-all')).filter((event) => event.action === 'promote');
    expect(events).toHaveLength(5);
    // Each event takes over from the one before it: the order of events is the order of changes.
    for (let i = 0; i + 1 < events.length; i++) expect(events[i]?.alias?.from).toBe(events[i + 1]?.alias?.to);
    const champion = await getVersionByAlias('free-for-all', 'champion');
    expect(champion?.version).toBe(events[0]?.alias?.to);
    expect(Object.values(await stages('free-for-all')).filter((s) => s === 'Production')).toHaveLength(1);
  });

  it('repeated under its key does nothing twice, even after the champion has moved on', async () => {
    await withVersions('once', 2);
    const request = toChampion('once', '1', { expected: null, idempotencyKey: 'run#promote' });
    const first = await promote(request);
    expect(await promote(request)).toEqual(first);
    await promote(toChampion('once', '2'));
    expect(await promote(request)).toEqual(first);
    expect((await getVersionByAlias('once', 'champion'))?.version).toBe('2');
    expect((await listEvents('once')).filter((event) => event.action === 'promote')).toHaveLength(2);
  });

  it('is refused for what does not make sense, before anything is written', async () => {
    await withVersions('strict', 1);
    const refused = (more: Partial<PromotionRequest>) =>
      expect(promote(toChampion('strict', '1', more))).rejects;
    await refused({ version: '9' }).toThrow('version=9');
    await refused({ alias: 'latest' }).toThrow('reserved');
    await refused({ alias: 'v3' }).toThrow('reserved');
    await refused({ alias: 'a b' }).toThrow('Invalid alias name');
    await refused({ alias: undefined, expected: '1' }).toThrow('no alias is given');
    await refused({ stage: 'Archived' }).toThrow('only for Staging and Production');
    expect(await listEvents('strict')).toHaveLength(1);
  });
});

describe('a rollback', () => {
  it('gives alias and stage back to the previous holder; a second one goes back one more', async () => {
    await withVersions('rolled', 3);
    for (const v of ['1', '2', '3']) await promote(toChampion('rolled', v));
    const undo = () => rollback({ name: 'rolled', alias: 'champion', reason: 'drift', by: 'ada' });
    expect(await undo()).toEqual({
      version: '2',
      stage: 'Production',
      alias: 'champion',
      previous: '3',
      gates: [],
      forced: false,
    });
    expect(await stages('rolled')).toEqual({ 1: 'Archived', 2: 'Production', 3: 'Archived' });
    expect((await listEvents('rolled'))[0]).toMatchObject({
      action: 'rollback',
      by: 'ada',
      reason: 'drift',
      alias: { name: 'champion', from: '3', to: '2' },
    });
    expect(await undo()).toMatchObject({ version: '1', previous: '2' });
    await expect(undo()).rejects.toThrow('Version 1 is the first of rolled');
    expect((await getVersionByAlias('rolled', 'champion'))?.version).toBe('1');
  });

  it('after a promotion that followed a rollback goes back to what was champion before it', async () => {
    await withVersions('again', 3);
    for (const v of ['1', '2']) await promote(toChampion('again', v));
    await rollback({ name: 'again', alias: 'champion', reason: '', by: 'ada' });
    await promote(toChampion('again', '3'));
    expect(await rollback({ name: 'again', alias: 'champion', reason: '', by: 'ada' })).toMatchObject({
      version: '1',
    });
  });

  it('by two people at once goes back once', async () => {
    await withVersions('both', 3);
    for (const v of ['1', '2', '3']) await promote(toChampion('both', v));
    const undo = () =>
      rollback({ name: 'both', alias: 'champion', reason: '', by: 'ada', idempotencyKey: 'k' });
    const outcomes = await Promise.allSettled([undo(), undo()]);
    expect((await getVersionByAlias('both', 'champion'))?.version).toBe('2');
    for (const outcome of outcomes)
      if (outcome.status === 'rejected')
        expect(outcome.reason).toMatchObject({ name: 'Millrace.ChampionChanged' });
  });

  it('is refused where nobody has the alias', async () => {
    await withVersions('bare', 1);
    await expect(rollback({ name: 'bare', alias: 'champion', reason: '', by: 'ada' })).rejects.toThrow(
      "No version of bare has the alias 'champion'. Aliases: none.",
    );
  });
});

it('keeps the name of a model apart from its id, so that a rename moves no version', async () => {
  await withVersions('named', 1);
  const { id } = await getModel('named');
  const items = await trackingTable().query<{ version?: string }>({ pk: `M#${id}`, prefix: 'V#' });
  expect(items).toHaveLength(1);
  expect(await trackingTable().get({ pk: 'MODN#named', sk: '-' })).toEqual({ id });
});
