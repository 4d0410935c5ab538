/** Files in `pipelines/` that do not load, or define what cannot be deployed: told with line and remedy; the others work. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { synthesise } from '../../lib/cloud/synthesise';
import type { RunView } from '../../lib/cli/run-view';
import { millraceIn } from '../support/millrace';
import { temporaryProject } from '../support/temporary-project';

const good = (id: string) => `import { notify, pipeline } from '../lib';
export default pipeline({ id: '${id}', description: 'Tells.' }, () => {
  notify('tell', { subject: 'It works', text: 'All is well.' });
});
`;

const FILES = {
  'pipelines/good.ts': good('good'),
  'pipelines/circle-a.ts': "import { b } from './circle-b';\nexport const a = () => b;\n",
  'pipelines/circle-b.ts': "\nimport { a } from './circle-a';\nexport const b = () => a;\n",
  'pipelines/empty.ts': 'export const nothing = 1;\n',
  'pipelines/faults.ts': `import { cron, notify, pipeline } from '../lib';
export default pipeline({ id: 'faults', description: '', schedule: cron('61 * * * *') }, () => {
  notify('Bad Name', { subject: 's', text: 't' });
  notify('tell', { subject: 's', text: 't' }, { memoryMb: 1 });
  notify('tell', { subject: 's', text: 't' });
});
`,
  'pipelines/large.ts': `import { notify, pipeline } from '../lib';
export default pipeline({ id: 'large', description: 'Too large.' }, () => {
  for (let i = 0; i < 12; i++) notify(\`tell-\${i}\`, { subject: 's', text: 'x'.repeat(100_000) });
});
`,
  'pipelines/no-module.ts':
    "import { pipeline } from '../lib';\nimport { nope } from './nope';\nexport default [pipeline, nope];\n",
  'pipelines/syntax.ts': 'export const a = 1;\nexport const b = ;\n',
  'pipelines/throws.ts': "export const a = 1;\n\nthrow new Error('not today');\n",
  'pipelines/twice.ts': good('good'),
};

interface Finding {
  readonly pipeline: string | null;
  readonly code: string;
  readonly where: string;
  readonly message: string;
  readonly hint: string;
}

const project = temporaryProject(FILES);
const millrace = millraceIn(project.root, project.state);
afterAll(() => project.remove());

describe('faulty files in pipelines/', () => {
  const FAULTS: [string, string, string, string][] = [
    ['pipelines/circle-a.ts:1', 'MR003', 'circle-a.ts -> circle-b.ts -> circle-a.ts', 'a third file'],
    ['pipelines/circle-b.ts:2', 'MR003', 'circle-b.ts -> circle-a.ts -> circle-b.ts', 'a third file'],
    ['pipelines/empty.ts:1', 'MR002', 'exports no pipeline', 'export default pipeline'],
    [
      'pipelines/faults.ts:2',
      'MR104',
      "'Bad Name' is not lower-case words with hyphens (pipelines/faults.ts:3)",
      "like 'random-forest'",
    ],
    [
      'pipelines/faults.ts:2',
      'MR103',
      "Two tasks are called 'tell' (pipelines/faults.ts:5), the other one at pipelines/faults.ts:4",
      'another id',
    ],
    ['pipelines/faults.ts:2', 'MR151', 'Its memory is 1 MB', 'Set memoryMb'],
    ['pipelines/faults.ts:2', 'MR170', "'61 * * * *' is wrong", 'Five fields'],
    ['pipelines/no-module.ts:2', 'MR006', "imports './nope', which cannot be found", 'Correct the path'],
    ['pipelines/syntax.ts:2', 'MR007', 'Unexpected ";" in column 18', 'npx tsc --noEmit'],
    ['pipelines/throws.ts:3', 'MR004', 'not today', 'Mend that line'],
    ['pipelines/twice.ts:2', 'MR005', "'good' is taken by good.ts", 'another id'],
    ['pipelines/large.ts', 'MR401', 'Step Functions allows 1000000', 'Split the pipeline'],
  ];

  it('are told by check, all at once, with line, code and remedy', async () => {
    const { code, value } = await millrace.json('check');
    const { checked, findings } = value as { checked: string[]; findings: Finding[] };
    expect({ code, checked }).toEqual({ code: 1, checked: ['good'] });
    expect(findings).toEqual(
      FAULTS.map(([where, id, message, hint]) =>
        expect.objectContaining({
          where,
          code: id,
          message: expect.stringContaining(message),
          hint: expect.stringContaining(hint),
        }),
      ),
    );
  });

  it('are told by list, beside the pipelines that load', async () => {
    const { code, value } = await millrace.json('list');
    const { pipelines, failures } = value as { pipelines: { id: string }[]; failures: { file: string }[] };
    expect({ code, ids: pipelines.map(({ id }) => id) }).toEqual({ code: 1, ids: ['good', 'large'] });
    expect(failures).toHaveLength(FAULTS.length - 1);
    expect((await millrace('list')).stdout).toContain(
      'broken pipelines/throws.ts:3\n  The file throws when it is loaded: not today\n  remedy Mend that line',
    );
  });

  it('do not keep a sound pipeline from being checked and run', async () => {
    expect((await millrace('check', 'good')).code).toBe(0);
    const { code, stdout, stderr } = await millrace('run', 'good', '--json');
    expect({ code, status: (JSON.parse(stdout) as RunView).status }).toEqual({ code: 0, status: 'success' });
    expect(stderr).toContain('Left out, because of faults: pipelines/circle-a.ts,');
  });

  it('are refused by name: the definition with four faults, the one that is too large', async () => {
    const faults = await millrace.refused('run', 'faults');
    expect(faults).toMatchObject({ code: 2, error: { where: 'pipelines/faults.ts:2' } });
    expect(faults.error.message).toContain("Pipeline 'faults' has 4 faults");
    const large = await millrace.refused('run', 'large');
    expect(large).toMatchObject({
      code: 2,
      error: {
        name: 'Millrace.InvalidPipeline',
        where: 'pipelines/large.ts',
        message: expect.stringContaining('MR401'),
      },
    });
    expect((await millrace.refused('cost', 'large')).code).toBe(2);
    const { value } = await millrace.json('runs');
    expect((value as { pipeline: string }[]).length).toBe(1);
  });

  it('stop a synthesis, which names them all', async () => {
    const outdir = mkdtempSync(join(tmpdir(), 'millrace-bad-synth-'));
    try {
      await synthesise({ outdir, projectRoot: project.root, validate: false });
      throw new Error('The synthesis went through.');
    } catch (error) {
      const { message } = error as Error;
      for (const [where, id] of FAULTS.filter(([file]) => !file.startsWith('pipelines/syntax.ts')))
        expect(message).toContain(`${where}: [${id}]`);
      expect(message).toContain('Nothing is deployed while these files are faulty');
    } finally {
      rmSync(outdir, { recursive: true, force: true });
    }
  });
});
