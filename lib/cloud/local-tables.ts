import { createHash } from 'node:crypto';
import type { LocalQuery } from '../compiler/integrations';
import type { LocalTables } from '../model/query-task';

/** As the local cloud looks them up: by the hash of service and statement, all that a request has to know a task by. */
export function localTablesOf(queries: readonly LocalQuery[] = []): Record<string, LocalTables> {
  return Object.fromEntries(
    queries.map(({ engine, sql, local }) => [
      createHash('sha256').update(`${engine}\n${sql}`).digest('hex').slice(0, 32),
      local,
    ]),
  );
}
