import '../support/quiet-telemetry';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { handler } from '../../lambdas/shell/handler';
import { findBash, runCommand } from '../../lambdas/shell/run-command';
import { pipeline } from '../../lib/dsl/pipeline';
import { shell } from '../../lib/dsl/shell';
import { readTaskRecord } from '../../lib/orchestration/task-record';
import { startLocalAws, type LocalAws } from '../support/local-aws';
import { lambdaContext, taskEvent } from '../support/task-event';

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'millrace-shell-'));
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

const run = (
  command: string,
  environment: Record<string, string> = {},
  signal = new AbortController().signal,
  line: (text: string, stream: string) => void = () => {},
) => runCommand({ command, environment, directory, signal, line });

const isAlive = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    // A zombie, which nobody has waited for yet, is dead.
    return !/^\d+ \(.*\) Z/.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return false;
  }
};

/** A process that was killed goes in its own time. */
async function isGone(pid: number): Promise<boolean> {
  for (let i = 0; i < 10_000 && isAlive(pid); i++) await new Promise((resolve) => setImmediate(resolve));
  return !isAlive(pid);
}

const withBash = findBash() === undefined ? describe.skip : describe;

withBash('a command (needs bash)', () => {
  it('gives its last line, and the JSON of its output file', async () => {
    expect(await run('echo one; echo; echo two; echo')).toEqual({ lastLine: 'two', value: null });
    expect(await run('echo \'{"rows": 3}\' > "$MILLRACE_OUTPUT"')).toEqual({
      lastLine: '',
      value: { rows: 3 },
    });
    await expect(run('echo no > "$MILLRACE_OUTPUT"')).rejects.toMatchObject({ name: 'Millrace.DoNotRetry' });
  });

  it('gets values as they are, never as code', async () => {
    const hostile = '$(touch hacked); `id` "\'\n; exit 3';
    const end = await run('printf %s "$VALUE" | base64 -w0', { VALUE: hostile });
    expect(Buffer.from(end.lastLine, 'base64').toString()).toBe(hostile);
    expect((await run('ls')).lastLine).toBe('');
  });

  it('sees nothing of the function but what it is given', async () => {
    process.env['AWS_SECRET_ACCESS_KEY_FOR_TEST'] = 'secret';
    const lines: string[] = [];
    await run('env', { A: '1' }, undefined, (text) => lines.push(text.split('=')[0] ?? ''));
    delete process.env['AWS_SECRET_ACCESS_KEY_FOR_TEST'];
    expect(lines.filter((name) => !['_', 'PWD', 'SHLVL', 'OLDPWD'].includes(name)).sort()).toEqual([
      'A',
      'HOME',
      'LANG',
      'MILLRACE_OUTPUT',
      'PATH',
      'TMPDIR',
    ]);
  });

  it('ends as skipped with 99, and fails with any other code, a failing pipe, or a missing variable', async () => {
    await expect(run('echo nothing new; exit 99')).rejects.toMatchObject({
      name: 'Millrace.Skipped',
      message: 'nothing new',
    });
    await expect(run('echo why >&2; exit 3')).rejects.toMatchObject({
      name: 'Millrace.CommandFailed',
      message: 'The command ended with code 3.\nwhy',
    });
    await expect(run('false | cat')).rejects.toMatchObject({ name: 'Millrace.CommandFailed' });
    await expect(run('echo "$NOT_GIVEN"')).rejects.toMatchObject({ name: 'Millrace.CommandFailed' });
    await expect(run('kill -9 $$')).rejects.toThrow('The command ended with the signal SIGKILL.');
  });

  it('takes what it left in the background along when it ends', async () => {
    const { lastLine } = await run('sleep 600 & echo $!');
    expect(await isGone(Number(lastLine))).toBe(true);
  });

  it('is killed with all its children when the time is up', async () => {
    const abort = new AbortController();
    const pids: number[] = [];
    const running = run('sleep 600 & echo $!; trap "" TERM; sleep 600', {}, abort.signal, (text) => {
      pids.push(Number(text));
      abort.abort(new Error('time is up'));
    });
    await expect(running).rejects.toThrow('time is up');
    expect(await Promise.all(pids.map(isGone))).toEqual([true]);
  });
});

withBash('the shell task (needs bash)', () => {
  let aws: LocalAws;
  beforeAll(async () => {
    aws = await startLocalAws();
  });
  afterAll(async () => aws.stop());

  it('runs with its variables and those of the run', async () => {
    const input = {
      command: 'echo "$N $FLAG $MILLRACE_DS $MILLRACE_TASK"',
      environment: { N: 3, FLAG: true },
    };
    expect(await handler(taskEvent({ task: 'sh', runId: 'run-1', input }), lambdaContext())).toEqual({
      status: 'success',
      out: { lastLine: '3 true 2026-11-21 sh', value: null },
    });
    const skip = taskEvent({ task: 'sh', runId: 'run-2', input: { command: 'exit 99' } });
    expect(await handler(skip, lambdaContext())).toMatchObject({ status: 'skipped' });
    expect(await readTaskRecord('run-2', 'sh')).toMatchObject({ status: 'skipped' });
  });

  it('takes no reference into its command', () => {
    expect(() =>
      pipeline({ id: 'spliced', description: 'Spliced' }, ({ run: { ds } }) => {
        shell('sh', { command: ds as never });
      }),
    ).toThrow(/must be a constant text/);
  });
});

it('finds bash in the folders of the system when the path leaves them out', () => {
  const path = process.env['PATH'];
  const found = findBash();
  process.env['PATH'] = directory;
  try {
    expect(findBash()).toEqual(found === undefined ? undefined : expect.stringMatching(/bin\/bash$/));
  } finally {
    process.env['PATH'] = path;
  }
});
