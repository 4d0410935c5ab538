import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { environment, ROOT } from '../support/millrace';

it('a reader that goes before the end gets no stack trace', async () => {
  const child = spawn(process.execPath, [join(ROOT, 'bin', 'millrace.js'), '--help'], { env: environment() });
  child.stdout.destroy();
  let stderr = '';
  child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
  const code = await new Promise((resolve) => child.once('close', resolve));
  expect(stderr).toBe('');
  expect([0, 141]).toContain(code);
}, 30_000);
