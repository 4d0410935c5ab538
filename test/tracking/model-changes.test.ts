import { createModel, findModel, getModel, listModels } from '../../lib/tracking/registered-models';
import {
  changeModel,
  deleteAlias,
  deleteModel,
  renameModel,
  setAlias,
  setModelTag,
} from '../../lib/tracking/model-changes';
import {
  createVersion,
  getVersion,
  getVersionByAlias,
  listVersions,
} from '../../lib/tracking/model-versions';
import { promote } from '../../lib/tracking/promotion';
import { deleteVersion, setVersionTag } from '../../lib/tracking/version-changes';
import { trackingTable } from '../../lib/aws/tables';
import { modelPartition } from '../../lib/tracking/keys';
import { startLocalAws, type LocalAws } from '../support/local-aws';

let aws: LocalAws;
let count = 0;
beforeAll(async () => {
  aws = await startLocalAws();
});
afterAll(async () => aws.stop());

async function model(versions: number): Promise<string> {
  const name = `model-${++count}`;
  await createModel(name, { description: '', tags: {} });
  for (let i = 1; i <= versions; i++)
    await createVersion({ name, source: 's3://b/m', runId: '', by: 'test', idempotencyKey: `${name}/${i}` });
  return name;
}

describe('changes at the same time', () => {
  it('are all made, whatever they are', async () => {
    const name = await model(2);
    await Promise.all([
      ...Array.from({ length: 5 }, (_tag, i) => setModelTag(name, `t${i}`, '1')),
      ...Array.from({ length: 5 }, (_tag, i) => setVersionTag(name, '1', `t${i}`, '1')),
      setAlias(name, 'a', '1', 'test'),
      setAlias(name, 'b', '2', 'test'),
      promote({ name, version: '2', stage: 'Production', archiveExisting: false, reason: '', by: 'test' }),
    ]);
    const changed = await getModel(name);
    expect(Object.keys(changed.tags).sort()).toEqual(['t0', 't1', 't2', 't3', 't4']);
    expect(changed.aliases).toEqual({ a: '1', b: '2' });
    expect(changed.latest).toEqual({ None: '1', Production: '2' });
    expect(Object.keys((await getVersion(name, '1')).tags)).toHaveLength(5);
    expect((await getVersion(name, '2')).stage).toBe('Production');
  });

  it('of one name leave one model', async () => {
    const names = await Promise.all([model(1), model(1), model(1)]);
    const results = await Promise.allSettled(names.map((name) => renameModel(name, 'wanted')));
    expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    for (const result of results)
      if (result.status === 'rejected')
        expect(result.reason).toMatchObject({ code: 'RESOURCE_ALREADY_EXISTS' });
    const listed = (await listModels()).map(({ name }) => name);
    expect(names.filter((name) => listed.includes(name))).toHaveLength(2);
    expect(listed.filter((name) => name === 'wanted')).toHaveLength(1);
  });

  it('of a model that is being deleted are refused or gone with it', async () => {
    const name = await model(1);
    const { id } = await getModel(name);
    const results = await Promise.allSettled([
      deleteModel(name),
      ...Array.from({ length: 6 }, (_tag, i) => setModelTag(name, `t${i}`, '1')),
      setAlias(name, 'a', '1', 'test'),
    ]);
    expect(results[0]?.status).toBe('fulfilled');
    for (const result of results)
      if (result.status === 'rejected')
        expect(result.reason).toMatchObject({ code: 'RESOURCE_DOES_NOT_EXIST' });
    expect(await findModel(name)).toBeUndefined();
    expect((await listModels()).map((one) => one.name)).not.toContain(name);
    expect(await trackingTable().sortKeys(modelPartition(id))).toEqual([]);
  });
});

describe('a change', () => {
  it('that nothing comes of writes nothing', async () => {
    const name = await model(1);
    const before = await getModel(name);
    await deleteAlias(name, 'none', 'test');
    await changeModel(name, async () => undefined);
    expect(await getModel(name)).toEqual(before);
  });
});

describe('a deleted version', () => {
  it('is not promoted, has no alias, and leaves its number behind', async () => {
    const name = await model(3);
    await setAlias(name, 'champion', '3', 'test');
    await deleteVersion(name, '3', 'test');
    expect((await listVersions(name)).map(({ version }) => version)).toEqual(['2', '1']);
    expect(await getVersionByAlias(name, 'champion')).toBeUndefined();
    expect((await getModel(name)).latest).toEqual({ None: '2' });
    await expect(
      promote({ name, version: '3', stage: 'Production', archiveExisting: false, reason: '', by: 'test' }),
    ).rejects.toMatchObject({ code: 'RESOURCE_DOES_NOT_EXIST' });
    await createVersion({ name, source: 's3://b/m', runId: '', by: 'test', idempotencyKey: 'next' });
    expect((await listVersions(name)).map(({ version }) => version)).toEqual(['4', '2', '1']);
  });
});
