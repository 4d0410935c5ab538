/** Handlers that go wrong in every way there is, in one run: each failure is recorded where it happened, and the run ends. */
import type { RunLogLine } from '../../lib/cli/run-logs';
import type { RunView } from '../../lib/cli/run-view';
import { millraceIn } from '../support/millrace';
import { HANDLERS } from '../support/misbehaving-handlers';
import { temporaryProject } from '../support/temporary-project';

describe('a run of handlers that misbehave', () => {
  const project = temporaryProject(HANDLERS);
  const millrace = millraceIn(project.root, project.state);
  let run: RunView;
  let code: number | null;

  beforeAll(async () => {
    const answer = await millrace.json('run', 'unruly');
    run = answer.value as RunView;
    code = answer.code;
  }, 90_000);
  afterAll(() => project.remove());

  const logs = async (task: string) => {
    const { value } = await millrace.json('logs', run.runId, task);
    return (value as RunLogLine[]).map((line) => line.text);
  };

  it('ends as failed, and says where', async () => {
    expect({ code, status: run.status }).toEqual({ code: 1, status: 'failed' });
    expect(run.message).toContain(
      'unruly failed at throws, throws-a-text, hangs, spins, exits, breaks-its-contract, returns-nothing.',
    );
    const shown = await millrace.json('show', run.runId);
    expect(shown).toMatchObject({ code: 1, value: { status: 'failed' } });
  });

  it.each([
    ['throws', 'RangeError', 'The cup is empty.'],
    ['throws-a-text', 'Error', 'The handler threw "no error at all" instead of an Error.'],
    ['hangs', 'Millrace.TaskTimedOut', "Task 'hangs' timed out: it is not done after"],
    ['spins', 'Millrace.TaskLost', 'it ran out of time or memory, or its process exited. Its log says which'],
    ['exits', 'Millrace.TaskLost', 'it ran out of time or memory, or its process exited. Its log says which'],
    ['breaks-its-contract', 'Millrace.InvalidOutput', 'rows: expected number, got "many"'],
    ['returns-nothing', 'Millrace.InvalidOutput', 'expected object, got nothing'],
  ])('%s is recorded as %s', (id, name, message) => {
    const task = run.tasks.find((candidate) => candidate.id === id);
    expect(task).toMatchObject({ state: 'failed', error: { name } });
    expect(task?.error?.message).toContain(message);
  });

  it('holds back what comes after a failure', () => {
    expect(run.tasks.find(({ id }) => id === 'after-it')?.state).toBe('upstream_failed');
  });

  it('has in the logs what ended a process without a word', async () => {
    const spins = await logs('spins');
    const exits = await logs('exits');
    expect(spins.at(-1)).toContain('Task timed out after 3.00 seconds');
    expect(exits.at(-1)).toContain('Runtime exited with exit status 3');
  });

  it('lets a task print megabytes, and keeps the first of them', async () => {
    expect(run.tasks.find(({ id }) => id === 'prints-a-megabyte')?.state).toBe('success');
    const lines = await logs('prints-a-megabyte');
    expect(lines[1]).toBe(`00000000${'x'.repeat(1000)}`);
    expect(lines.length).toBeGreaterThan(1000);
    expect(lines.length).toBeLessThan(1100);
    expect(lines.at(-1)).toBe('[Further lines are left out: the invocation has logged 1048576 bytes.]');
  });
});
