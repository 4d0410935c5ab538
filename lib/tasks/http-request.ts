import { z } from 'zod';
import { contract } from './contract';

/** As `secret('name')` gives it: the value is read when the request is made, and stands nowhere. */
const secretRef = z.object({ secret: z.string().min(1), store: z.enum(['parameter', 'secrets-manager']) });

export const httpRequest = contract({
  name: 'http-request',
  summary: 'Makes an HTTP request.',
  input: z.object({
    method: z.enum(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE']).default('GET'),
    url: z.url({ protocol: /^https?$/ }),
    query: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])).default({}),
    headers: z.record(z.string(), z.union([z.string(), secretRef])).default({}),
    /** Sent as it is when it is a text, else as JSON. */
    body: z.json().optional(),
    /** Statuses that are a success. @default 200 to 299 */
    expectedStatus: z.array(z.int().min(100).max(599)).optional(),
    /** Milliseconds until the answer has to be there. */
    timeoutMs: z.int().min(1).max(890_000).default(30_000),
  }),
  output: z.object({
    status: z.int(),
    headers: z.record(z.string(), z.string()),
    /** Parsed when the answer says that it is JSON, else text. */
    body: z.json(),
    durationMs: z.number(),
  }),
});
