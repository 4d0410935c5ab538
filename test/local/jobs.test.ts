import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { open, type RootDatabase } from 'lmdb';
import type { JobRequest } from '../../lib/local/jobs/job-record';
import { JobRunner } from '../../lib/local/jobs/job-runner';
import { LogStore } from '../../lib/local/logs/log-store';
import { Subscriptions } from '../../lib/local/logs/subscriptions';
import { ROOT } from '../../lib/local/service';
import { processGone } from '../support/process-gone';

/** Plays a container engine: notes how it is called, and runs what a container would. */
const ENGINE = `#!/bin/bash
echo "$@" >> "$(dirname "$0")/calls"
if [ "$1" = run ]; then echo "secret is $SECRET"; until test -e "$(dirname "$0")/go"; do sleep 0.05; done; exit 0; fi
touch "$(dirname "$0")/go"
`;

const request: JobRequest = {
  service: 'ecs',
  name: 'millrace-train-1',
  machine: 'm',
  task: 'train',
  image: 'work:1',
  entryPoint: ['python', 'train.py'],
  args: ['--rate', '0.5; rm -rf /'],
  environment: { SECRET: 'hunter2' },
  roleArn: 'role',
  gpu: 1,
  logGroup: '/work',
  logStream: 'job/main/{id}',
  place: 'work',
};

describe('containers on this machine', () => {
  let directory: string;
  let root: RootDatabase;
  let logs: LogStore;
  const engine = process.env['MILLRACE_CONTAINER_ENGINE'];
  const runner = (parallel?: number) =>
    new JobRunner({
      root,
      parallel,
      logs,
      projectRoot: directory,
      environmentFor: () => ({ AWS_ENDPOINT_URL: 'http://127.0.0.1:4599' }),
    });
  const lines = async (): Promise<string[]> => {
    await root.flushed;
    const { events } = (await logs.call('FilterLogEvents', { logGroupName: '/work' }, ROOT)) as {
      events: { message: string }[];
    };
    return events.map(({ message }) => message);
  };
  const until = async (done: () => boolean): Promise<void> => {
    for (let i = 0; i < 200 && !done(); i++) await pause(25);
    expect(done()).toBe(true);
  };
  const file = (name: string): string => join(directory, name);

  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'millrace-jobs-'));
    root = open({ path: join(directory, 'state'), maxDbs: 16, encoding: 'json', noSync: true });
    logs = new LogStore(root, new Subscriptions({ root, account: '000000000000', deliver: async () => {} }));
    writeFileSync(file('engine'), ENGINE);
    chmodSync(file('engine'), 0o755);
    process.env['MILLRACE_CONTAINER_ENGINE'] = 'none';
  });
  afterEach(async () => {
    if (engine === undefined) delete process.env['MILLRACE_CONTAINER_ENGINE'];
    else process.env['MILLRACE_CONTAINER_ENGINE'] = engine;
    await root.close();
    rmSync(directory, { recursive: true, force: true });
  });

  it('run in the engine of this machine, which gets words one by one and variables by name', async () => {
    process.env['MILLRACE_CONTAINER_ENGINE'] = file('engine');
    writeFileSync(file('go'), '');
    const jobs = runner();
    const ended = await jobs.ended(jobs.start(request).id);
    expect(ended).toMatchObject({ status: 'SUCCEEDED', exitCode: 0 });
    const [call = ''] = readFileSync(file('calls'), 'utf8').split('\n');
    expect(call).toMatch(
      /^run --rm --name millrace-train-1 .*--gpus 1 .*-e SECRET.* --entrypoint python work:1 train\.py --rate 0\.5; rm -rf \/$/,
    );
    expect(call).not.toContain('hunter2');
    expect(await lines()).toEqual(['secret is hunter2']);
  });

  it('are removed when they are stopped', async () => {
    process.env['MILLRACE_CONTAINER_ENGINE'] = file('engine');
    const jobs = runner();
    const { id } = jobs.start(request);
    await until(() => existsSync(file('calls')));
    jobs.stop(id, 'Enough.');
    expect(await jobs.ended(id)).toMatchObject({ status: 'FAILED', reason: 'Enough.' });
    await until(() => readFileSync(file('calls'), 'utf8').includes('rm -f millrace-train-1'));
  });

  it('give way to the command that the task names, in its folder', async () => {
    const jobs = runner();
    jobs.putStandIns('m', { train: { command: 'bash', args: ['-c', 'pwd; echo "$SECRET"; exit 5'] } });
    const ended = await jobs.ended(jobs.start(request).id);
    expect(ended).toMatchObject({ status: 'FAILED', exitCode: 5 });
    expect((await lines()).at(-1)).toBe('hunter2');
  });

  it('say what is missing when there is neither', async () => {
    const jobs = runner();
    expect(await jobs.ended(jobs.start(request).id)).toMatchObject({
      status: 'FAILED',
      reason: expect.stringMatching(
        /^There is no container engine on this machine .* the task 'train' names no command/,
      ) as string,
    });
    jobs.putStandIns('m', { train: { command: file('nothing-here') } });
    expect(await jobs.ended(jobs.start(request).id)).toMatchObject({
      status: 'FAILED',
      reason: expect.stringContaining('nothing-here cannot be run') as string,
    });
  });

  it('wait for their turn, and may be stopped before it comes', async () => {
    const jobs = runner(1);
    jobs.putStandIns('m', {
      train: { command: 'bash', args: ['-c', `echo >> ${file('begun')}; cat ${file('go')}`] },
    });
    const turns: string[] = [];
    const turn = { waits: () => void turns.push('waits'), begins: () => void turns.push('begins') };
    const [first, second, third] = [1, 2, 3].map(
      (i) => jobs.start({ ...request, name: `job-${i}` }, turn).id,
    );
    jobs.stop(second ?? '', 'Not any more.');
    writeFileSync(file('go'), '');
    for (const id of [first, third]) await jobs.ended(id ?? '');
    expect(await jobs.ended(second ?? '')).toMatchObject({ status: 'FAILED', reason: 'Not any more.' });
    expect(readFileSync(file('begun'), 'utf8')).toBe('\n\n');
    expect(turns).toEqual(['waits', 'waits', 'begins', 'begins']);
  });

  it('are ended when their time is up, and nothing that they started is left', async () => {
    const jobs = runner();
    const script = `trap '' TERM; sleep 60 & echo $! > ${file('child')}; wait; wait`;
    jobs.putStandIns('m', { train: { command: 'bash', args: ['-c', script] } });
    const ended = await jobs.ended(jobs.start({ ...request, maxSeconds: 0.3 }).id);
    expect(ended).toMatchObject({ status: 'FAILED', reason: 'It ran longer than 0.3 s.' });
    expect(await processGone(Number(readFileSync(file('child'), 'utf8')))).toBe(true);
  });

  it('that a killed local cloud left running are ended and forgotten by the next', async () => {
    const jobs = runner();
    jobs.putStandIns('m', { train: { command: 'bash', args: ['-c', `echo $$ > ${file('pid')}; sleep 60`] } });
    const { id } = jobs.start(request);
    await until(() => existsSync(file('pid')) && readFileSync(file('pid'), 'utf8') !== '');
    expect(runner().find('ecs', request.name)).toBeUndefined();
    await jobs.ended(id);
    expect(await processGone(Number(readFileSync(file('pid'), 'utf8')))).toBe(true);
  });
});
