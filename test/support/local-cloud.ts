import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startLocalCloud, type LocalCloud } from '../../lib/local/local-cloud';

export interface TestCloud extends LocalCloud {
  readonly directory: string;
  /** Settings for an AWS SDK client. */
  readonly client: {
    readonly endpoint: string;
    readonly region: string;
    readonly credentials: { readonly accessKeyId: string; readonly secretAccessKey: string };
  };
  /** Stops it and starts it again on the same state, under another address. */
  restart(): Promise<void>;
  remove(): Promise<void>;
}

/** A local cloud on a state directory of its own, with whatever a template describes. */
export async function startTestCloud(
  template: { readonly Resources: Readonly<Record<string, unknown>> } = { Resources: {} },
  assets: Readonly<Record<string, string>> = {},
): Promise<TestCloud> {
  const base = mkdtempSync(join(tmpdir(), 'millrace-cloud-'));
  const assembly = join(base, 'assembly');
  mkdirSync(assembly);
  writeFileSync(
    join(assembly, 'manifest.json'),
    JSON.stringify({
      artifacts: { test: { type: 'aws:cloudformation:stack', properties: { templateFile: 'test.json' } } },
    }),
  );
  writeFileSync(join(assembly, 'test.json'), JSON.stringify(template));
  for (const [name, code] of Object.entries(assets)) {
    mkdirSync(join(assembly, `asset.${name}`));
    writeFileSync(join(assembly, `asset.${name}`, 'index.js'), code);
  }
  const directory = join(base, '.millrace');
  const projectRoot = join(__dirname, '..', '..');
  const addressed = (cloud: LocalCloud) => ({
    ...cloud,
    client: {
      endpoint: cloud.url,
      region: 'us-east-1',
      credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
    },
  });
  const test: TestCloud = {
    ...addressed(await startLocalCloud({ directory, assembly, projectRoot })),
    directory,
    restart: async () => {
      await test.stop();
      Object.assign(test, addressed(await startLocalCloud({ directory, projectRoot })));
    },
    remove: async () => {
      await test.stop();
      rmSync(base, { recursive: true, force: true });
    },
  };
  return test;
}
