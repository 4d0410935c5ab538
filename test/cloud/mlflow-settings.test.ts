import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { withPermissions } from '../../lib/cloud/mlflow-permissions';
import { readMlflowSettings } from '../../lib/cloud/mlflow-settings';

const read = (context: Readonly<Record<string, unknown>>) => readMlflowSettings((key) => context[key]);

it('reads who is let in and what they may do', () => {
  expect(read({})).toEqual({ orFilters: false });
  expect(
    read({
      'mlflow-permissions': 'mlflow-permissions.json',
      'mlflow-jwt-issuer': 'https://issuer.example/pool',
      'mlflow-jwt-audience': 'a,b',
    }),
  ).toEqual({
    orFilters: false,
    permissions: 'mlflow-permissions.json',
    jwt: { issuer: 'https://issuer.example/pool', audience: ['a', 'b'] },
  });
});

it.each([
  [{ 'mlflow-jwt-issuer': 'https://a.example' }, /mlflow-jwt-issuer is given without mlflow-jwt-audience/],
  [{ 'mlflow-jwt-audience': 'a' }, /mlflow-jwt-audience is given without mlflow-jwt-issuer/],
  [{ 'mlflow-jwt-issuer': 'http://a.example', 'mlflow-jwt-audience': 'a' }, /no address of an issuer/],
  [{ 'mlflow-jwt-issuer': 'https://a.example', 'mlflow-jwt-audience': ' , ' }, /names nobody/],
  [{ 'mlflow-or-filters': 'yes' }, /neither true nor false/],
  [{ 'mlflow-permissions': true }, /names no JSON file/],
])('refuses %j', (context, message) => {
  expect(() => read(context)).toThrow(message);
});

describe('the bundle with permissions', () => {
  let directory: string;
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'millrace-bundle-'));
  });
  afterEach(() => rmSync(directory, { recursive: true }));
  const bundle = () => ({ handler: 'lambdas/x', directory, codeHash: 'c', assetHash: 'a', bytes: 1 });
  const withFile = async (text: string) => {
    writeFileSync(join(directory, 'p.json'), text);
    return withPermissions(bundle(), directory, 'p.json');
  };

  it('has the file beside the code and another hash for another file', async () => {
    const first = await withFile('{"default":"READ"}');
    expect(readFileSync(join(directory, 'permissions.json'), 'utf8')).toBe('{"default":"READ"}');
    expect((await withFile('{"default":"READ"}')).assetHash).toBe(first.assetHash);
    expect((await withFile('{"default":"NONE"}')).assetHash).not.toBe(first.assetHash);
    expect(first.codeHash).toBe('c');
  });

  it('is refused at synthesis when the file is not there or not as it has to be', async () => {
    await expect(withPermissions(bundle(), directory, 'none.json')).rejects.toThrow(
      /none\.json cannot be read/,
    );
    await expect(withFile('{"default":"WRITE"}')).rejects.toThrow(/p\.json: .*default is "WRITE"/);
  });
});
