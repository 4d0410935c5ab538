/** A run that asks a person, decided through the command line. */
import { setTimeout as pause } from 'node:timers/promises';
import { millraceIn, startDev, type DevServer } from '../support/millrace';
import { temporaryProject } from '../support/temporary-project';

const PIPELINE = `import { approval, pipeline, text, z, hours } from '../lib';
export default pipeline({ id: 'asking', description: 'Asks.', params: z.object({ what: z.string().default('this') }) }, ({ params }) => {
  approval('board', { prompt: text\`Do \${params.what}?\`, form: z.object({ limit: z.number().min(0) }), expires: hours(1) });
});
`;

describe('an approval', () => {
  const project = temporaryProject({ 'pipelines/asking.ts': PIPELINE });
  const millrace = millraceIn(project.root, project.state);
  let server: DevServer;
  beforeAll(async () => {
    server = await startDev(project.root, project.state);
  }, 90_000);
  afterAll(async () => {
    await server.stop();
    project.remove();
  });

  const asked = async (run: string) => {
    for (;;) {
      const { value } = await millrace.json('approvals', run);
      if (Array.isArray(value) && value.length > 0) return value as { prompt: string; state: string }[];
      await pause(100);
    }
  };

  it('lets the run wait, refuses what the form does not take, and goes on with the decision', async () => {
    const { value } = await millrace.json('run', 'asking', '--no-wait', '--params', '{"what": "that"}');
    const { runId } = value as { runId: string };
    expect(await asked(runId)).toMatchObject([{ prompt: 'Do that?', state: 'pending' }]);
    const wrong = await millrace.refused('approve', runId, 'board', '--values', '{"limit": -1}');
    expect({ code: wrong.code, message: wrong.error.message }).toMatchObject({
      code: 2,
      message: expect.stringContaining('limit') as string,
    });
    const approved = await millrace.json(
      'approve',
      runId,
      'board',
      '--values',
      '{"limit": 3}',
      '--comment',
      'seen',
    );
    expect(approved).toMatchObject({
      code: 0,
      value: { approved: true, comment: 'seen', values: { limit: 3 } },
    });
    const again = await millrace.refused('reject', runId, 'board');
    expect(again).toMatchObject({ code: 2 });
    expect(again.error.message).toContain('A decision stands');
    let status = 'running';
    for (let i = 0; i < 50 && status === 'running'; i++) {
      await pause(100);
      status = ((await millrace.json('show', runId)).value as { status: string }).status;
    }
    expect(status).toBe('success');
    const { value: audit } = await millrace.json('audit', runId);
    expect((audit as { action: string }[]).map(({ action }) => action)).toEqual(['start', 'approve']);
  }, 90_000);
});
