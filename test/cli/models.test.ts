import { userInfo } from 'node:os';
import { createVersion, listVersions } from '../../lib/tracking/model-versions';
import { getModel } from '../../lib/tracking/registered-models';
import { startTrackingEndpoint, type TrackingEndpoint } from '../support/tracking-endpoint';

let millrace: TrackingEndpoint;
beforeAll(async () => {
  millrace = await startTrackingEndpoint();
});
afterAll(async () => millrace.stop());

async function modelWithVersions(name: string, count: number): Promise<void> {
  for (let i = 1; i <= count; i++)
    await createVersion({
      name,
      source: `s3://b/${i}/`,
      runId: '',
      by: 'arn:aws:states:us-east-1:000000000000:execution:m:x',
      idempotencyKey: String(i),
    });
}

const promote = (...args: string[]) => millrace.run('models', 'promote', ...args, '--reason', 'it is better');
const aliases = async (name: string) => (await getModel(name)).aliases;
const stages = async (name: string) =>
  Object.fromEntries((await listVersions(name)).map((version) => [version.version, version.stage]));

describe('millrace models promote', () => {
  it('moves the alias only, records who and why, and says how to go back', async () => {
    await modelWithVersions('alias-only', 2);
    const { code, stdout } = await promote('alias-only', '2', '--alias', 'champion');
    expect(code).toBe(0);
    expect(stdout).toBe('Version 2 of alias-only is champion.\nNo version was champion before.\n');
    expect(await aliases('alias-only')).toEqual({ champion: '2' });
    expect(await stages('alias-only')).toEqual({ 1: 'None', 2: 'None' });
    const [event] = await millrace.json<object[]>('models', 'history', 'alias-only');
    expect(event).toMatchObject({
      version: '2',
      what: 'champion (before: none)',
      by: userInfo().username,
      reason: 'it is better',
    });
  });

  it('moves stage and alias at once and archives who was there, unless told to keep it', async () => {
    await modelWithVersions('both', 3);
    await promote('both', '1', '--alias', 'champion', '--to-stage', 'Production');
    await promote('both', '2', '--alias', 'champion', '--to-stage', 'Production');
    expect(await stages('both')).toEqual({ 1: 'Archived', 2: 'Production', 3: 'None' });
    await promote('both', '3', '--to-stage', 'Production', '--keep-existing');
    expect(await stages('both')).toEqual({ 1: 'Archived', 2: 'Production', 3: 'Production' });
    expect(await aliases('both')).toEqual({ champion: '2' });
  });

  it('changes nothing, and exits 1, when another version than expected has the alias', async () => {
    await modelWithVersions('expected', 2);
    expect((await promote('expected', '1', '--alias', 'champion', '--expect', 'none')).code).toBe(0);
    const { code, stderr } = await promote('expected', '2', '--alias', 'champion', '--expect', 'none');
    expect(code).toBe(1);
    expect(stderr).toContain("The alias 'champion' of expected is at version 1 now");
    expect(await aliases('expected')).toEqual({ champion: '1' });
    expect((await promote('expected', '2', '--alias', 'champion', '--expect', '1')).code).toBe(0);
  });

  it.each([
    [['wrong', '9', '--alias', 'champion'], 'version=9) not found'],
    [['wrogn', '1', '--alias', 'champion'], "There is no registered model 'wrogn'"],
    [['wrong', '1'], 'Nothing to promote to'],
    [['wrong', '1', '--to-stage', 'Prod'], 'Allowed choices are None, Staging, Production, Archived'],
    [['wrong', '1', '--stage', 'Production'], "'Production' is a stage of a version"],
    [['wrong', '1', '--to-stage', 'Production', '--expect', '1'], 'no alias is given'],
    [['wrong', '1', '--alias', 'v1'], 'reserved'],
    [['wrong', '1', '--alias', 'champion', '--reason', ' '], 'The reason is empty'],
  ])('refuses %j as wrong usage', async (args, message) => {
    if ((await millrace.json<unknown[]>('models')).every((m) => (m as { name: string }).name !== 'wrong'))
      await modelWithVersions('wrong', 1);
    const { code, stderr } = await millrace.run('models', 'promote', '--reason', 'x', ...args);
    expect(stderr).toContain(message);
    expect(code).toBe(2);
    expect((await getModel('wrong')).aliases).toEqual({});
  });

  it('needs a reason', async () => {
    const { code, stderr } = await millrace.run('models', 'promote', 'any', '1', '--alias', 'champion');
    expect(code).toBe(2);
    expect(stderr).toContain('--reason');
  });
});

describe('millrace models rollback', () => {
  it('goes back one version, with stage and alias, and then says that there is none before', async () => {
    await modelWithVersions('back', 2);
    await promote('back', '1', '--alias', 'champion', '--to-stage', 'Production');
    await promote('back', '2', '--alias', 'champion', '--to-stage', 'Production');
    const rollback = () =>
      millrace.run('models', 'rollback', 'back', '--alias', 'champion', '--reason', 'bad');
    expect((await rollback()).stdout).toBe('Version 1 of back is champion again, in place of version 2.\n');
    expect(await stages('back')).toEqual({ 1: 'Production', 2: 'Archived' });
    const again = await rollback();
    expect(again.code).toBe(2);
    expect(again.stderr).toContain('there is none to go back to');
  });
});

describe('millrace models history', () => {
  it('fits 80 columns and leaves the plain command as it was', async () => {
    await modelWithVersions('told', 1);
    await promote('told', '1', '--alias', 'champion', '--to-stage', 'Production');
    const history = await millrace.run('models', 'history', 'told');
    expect(history.stdout).toMatch(/WHEN +VERSION {2}WHAT +WHO +WHY/);
    expect(history.stdout).toContain('registered');
    for (const line of history.stdout.split('\n')) expect(line.length).toBeLessThanOrEqual(80);
    const plain = await millrace.run('models', 'told');
    expect(plain.stdout).toContain('VERSION  STAGE');
    expect(plain.stdout).toContain('None -> Production, champion (before: none)');
    expect((await millrace.run('models', 'tlod')).code).toBe(2);
  });
});
