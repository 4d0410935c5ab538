/** The lint configuration holds the import directions too, so that the editor shows a violation at once. */
import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { type Override, expectedOverrides } from './oxlint-overrides';
import { ROOMS } from './rooms';

const ROOT = join(__dirname, '..', '..');
const OXLINT = join(ROOT, 'node_modules', 'oxlint', 'bin', 'oxlint');

interface Finding {
  readonly code: string;
  readonly filename: string;
  readonly message: string;
}

/** Lints files written into a scratch project with the repository's configuration. */
async function lint(files: Readonly<Record<string, string>>): Promise<Finding[]> {
  const directory = mkdtempSync(join(tmpdir(), 'millrace-lint-'));
  try {
    for (const [name, source] of Object.entries(files)) {
      mkdirSync(dirname(join(directory, name)), { recursive: true });
      writeFileSync(join(directory, name), source);
    }
    writeFileSync(join(directory, '.oxlintrc.json'), readFileSync(join(ROOT, '.oxlintrc.json')));
    const output = await new Promise<string>((resolve) => {
      execFile(process.execPath, [OXLINT, '-f', 'json', '.'], { cwd: directory }, (_error, stdout) => {
        resolve(stdout);
      });
    });
    return (JSON.parse(output) as { diagnostics: Finding[] }).diagnostics;
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

const shown = (findings: readonly Finding[], code: string): string[] =>
  findings
    .filter((finding) => finding.code.includes(code))
    .map((finding) => finding.filename.replaceAll('\\', '/'))
    .sort();

/** How a file in one room would write an import from another. */
function specifier(from: string, to: string): string {
  const up = '../'.repeat(from.split('/').length);
  return from.startsWith('lib/') && to.startsWith('lib/') ? `../${to.slice(4)}/thing` : `${up}${to}/thing`;
}

describe('the lint configuration', () => {
  it('has the overrides that follow from the table of rooms', () => {
    const config = JSON.parse(readFileSync(join(ROOT, '.oxlintrc.json'), 'utf8')) as {
      overrides: Override[];
    };
    expect(config.overrides.slice(0, ROOMS.length)).toEqual(JSON.parse(JSON.stringify(expectedOverrides())));
  });

  it('refuses each import that the table does not allow and accepts each that it allows', async () => {
    const files: Record<string, string> = {};
    const refused: string[] = [];
    for (const room of ROOMS) {
      for (const other of ROOMS) {
        if (other === room) continue;
        const name = `${room.folder}/import-${other.folder.replace('/', '-')}.ts`;
        files[name] =
          `import { thing } from '${specifier(room.folder, other.folder)}';\nexport const it = thing;\n`;
        if (!room.from.includes(other.folder)) refused.push(name);
      }
    }
    expect(shown(await lint(files), 'no-restricted-imports')).toEqual(refused.sort());
  });

  it('lets reports import types of data, and only types', async () => {
    const findings = await lint({
      'lib/reports/types.ts': "import type { A } from '../data/profile';\nexport type B = A;\n",
      'lib/reports/values.ts': "import { a } from '../data/profile';\nexport const b = a;\n",
    });
    expect(shown(findings, 'no-restricted-imports')).toEqual(['lib/reports/values.ts']);
  });

  it('keeps the CDK in lib/cloud and clients of AWS where they are used', async () => {
    const cdk = "import { App } from 'aws-cdk-lib';\nexport const app = App;\n";
    const sdk = "import { S3Client } from '@aws-sdk/client-s3';\nexport const client = S3Client;\n";
    const findings = await lint({
      'lib/cloud/cdk.ts': cdk,
      'lib/local/cdk.ts': cdk,
      'lib/cli/cdk.ts': cdk,
      'lib/aws/sdk.ts': sdk,
      'lib/tasks/sdk.ts': sdk,
      'lib/local/sdk.ts': sdk,
    });
    expect(shown(findings, 'no-restricted-imports')).toEqual([
      'lib/cli/cdk.ts',
      'lib/local/cdk.ts',
      'lib/local/sdk.ts',
      'lib/tasks/sdk.ts',
    ]);
  });

  it('finds circles', async () => {
    const findings = await lint({
      'lib/model/a.ts': "import { b } from './b';\nexport const a = (): unknown => b;\n",
      'lib/model/b.ts': "import { a } from './a';\nexport const b = (): unknown => a;\n",
    });
    expect(shown(findings, 'no-cycle')).toEqual(['lib/model/a.ts', 'lib/model/b.ts']);
  });
});
