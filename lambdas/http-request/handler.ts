import { readSecret } from '../../lib/aws/read-secret';
import { taskHandler } from '../../lib/runtime/task-handler';
import { httpRequest } from '../../lib/tasks/http-request';
import { request } from './request';

export const handler = taskHandler(httpRequest, async (input, { run, task, signal }) => {
  const secrets: string[] = [];
  const headers: Record<string, string> = {};
  // The same for every attempt: a server that knows the header does the same thing once.
  if (input.method === 'POST' || input.method === 'PATCH') headers['idempotency-key'] = `${run.id}/${task}`;
  for (const [name, value] of Object.entries(input.headers)) {
    const text = typeof value === 'string' ? value : await readSecret(value);
    if (typeof value !== 'string') secrets.push(text);
    headers[name.toLowerCase()] = text;
  }
  return request({ ...input, headers, secrets, signal });
});
