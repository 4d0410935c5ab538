/** Mapped items, sensors, choices, waits, commands, approvals and triggers with their own handlers, through the command line. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import type { RunView } from '../../lib/cli/run-view';
import { millraceIn, startDev, type DevServer } from '../support/millrace';
import { temporaryProject } from '../support/temporary-project';
import { findBash } from '../../lambdas/shell/run-command';

const FLOW = `import {
  approval, choose, join, listObjects, map, objectExists, pipeline, shell, shortCircuit, triggerPipeline, wait, z, seconds, minutes,
} from '../lib';
export default pipeline(
  { id: 'flow', description: 'Everything that decides, waits and repeats.', params: z.object({ marks: z.string() }) },
  ({ params }) => {
    const file = objectExists('file', { key: 'raw/flow/go.csv' }, { pokeInterval: seconds(1), timeout: minutes(2) });
    const listed = listObjects('list', { prefix: 'raw/flow/' }).after(file);
    const counted = map('each', listed.keys, (key, index) =>
      shell('count', {
        command: 'echo x >> "$MARKS/marks/$INDEX"; test "$INDEX" = 0 || test -e "$MARKS/mended"; echo "$KEY"',
        environment: { KEY: key, INDEX: index, MARKS: params.marks },
      }).lastLine,
    );
    const settled = wait('settle', 1, { after: [counted] });
    choose('what', {
      cases: {
        first: { when: counted[0].equals('raw/flow/a.csv'), do: () => join('is-first') },
        never: { when: counted[0].equals('nothing'), do: () => join('is-never') },
      },
    }).after(settled);
    const ok = approval('board', { prompt: 'Go on?', form: z.object({ limit: z.number() }), expires: 600 }).after(counted);
    const go = shortCircuit('agreed', ok.approved.equals(true));
    triggerPipeline('child', { pipeline: 'flow-child', params: { limit: ok.values.limit }, wait: true }).after(go);
    shell('teardown', { command: 'exit 99' }, { after: [go], triggerRule: 'always' });
  },
);
`;
const CHILD = `import { pipeline, shell, z } from '../lib';
export default pipeline({ id: 'flow-child', description: 'Is triggered.', params: z.object({ limit: z.number() }) }, ({ params }) => {
  shell('echo', { command: 'test "$LIMIT" = 7', environment: { LIMIT: params.limit } });
});
`;

(findBash() === undefined ? describe.skip : describe)(
  'a pipeline that decides, waits and repeats (needs bash)',
  () => {
    const project = temporaryProject({ 'pipelines/flow.ts': FLOW, 'pipelines/flow-child.ts': CHILD });
    const millrace = millraceIn(project.root, project.state);
    let server: DevServer;
    let runId: string;

    beforeAll(async () => {
      mkdirSync(join(project.root, 'marks'));
      server = await startDev(project.root, project.state);
    }, 90_000);
    afterAll(async () => {
      await server.stop();
      project.remove();
    });
    const ends = ({ tasks }: RunView) => Object.fromEntries(tasks.map((task) => [task.id, task.state]));
    const show = async (run: string) => (await millrace.json('show', run)).value as RunView;
    const until = async (run: string, done: (view: RunView) => boolean): Promise<RunView> => {
      for (;;) {
        const view = await show(run);
        if (done(view)) return view;
        await pause(200);
      }
    };

    it('waits for a file, and does the items of a list', async () => {
      const s3 = new S3Client({
        endpoint: server.url,
        region: 'us-east-1',
        forcePathStyle: true,
        credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
      });
      const upload = (Key: string) =>
        s3.send(new PutObjectCommand({ Bucket: 'millrace-dev-data-000000000000-us-east-1', Key, Body: 'x' }));
      await upload('raw/flow/a.csv');
      await upload('raw/flow/b.csv');
      const params = JSON.stringify({ marks: project.root });
      const { value } = await millrace.json('run', 'flow', '--no-wait', '--params', params);
      runId = (value as { runId: string }).runId;
      await until(runId, (view) => ends(view)['file'] === 'running');
      await upload('raw/flow/go.csv');
      s3.destroy();
      const failed = await until(runId, ({ status }) => status !== 'running');
      expect(ends(failed)).toMatchObject({
        file: 'success',
        list: 'success',
        each: 'failed',
        settle: 'upstream_failed',
        board: 'upstream_failed',
        teardown: 'skipped',
      });
    }, 60_000);

    it('repeats in a rerun only the items that failed, asks a person, and triggers another pipeline', async () => {
      writeFileSync(join(project.root, 'mended'), '');
      await millrace.json('rerun', runId, '--why', 'mended', '--no-wait');
      const asked = async () =>
        ((await millrace.json('approvals', runId)).value as { state: string }[]).some(
          ({ state }) => state === 'pending',
        );
      while (!(await asked())) await pause(200);
      const approve = (limit: unknown) =>
        millrace.json('approve', runId, 'board', '--values', JSON.stringify({ limit }));
      expect((await approve('much')).code).not.toBe(0);
      expect((await approve(7)).code).toBe(0);
      const done = await until(runId, ({ status }) => status !== 'running');
      expect(ends(done)).toMatchObject({
        each: 'success',
        what: 'success',
        'is-first': 'success',
        'is-never': 'skipped',
        board: 'success',
        agreed: 'success',
        child: 'success',
        teardown: 'skipped',
      });
      const marks = ['0', '1', '2'].map(
        (index) => readFileSync(join(project.root, 'marks', index), 'utf8').length / 2,
      );
      expect(marks).toEqual([1, 2, 2]);
      expect((await approve(7)).code).not.toBe(0);
    }, 60_000);
  },
);
