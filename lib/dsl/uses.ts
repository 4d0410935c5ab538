import { z } from 'zod';
import type { Access } from '../model/access';
import type { JsonObject } from '../model/json';
import type { ContractTask } from '../model/task-node';
import type { Contract } from '../tasks/contract';

/** What a contract uses, as data, and the access that follows from it. */
export function usesOf({
  uses,
  access,
}: Pick<Contract, 'uses' | 'access'>): Partial<Pick<ContractTask, 'uses' | 'access'>> {
  const { variables = [], connections = [] } = uses;
  if (variables.length + connections.length === 0) return {};
  return {
    access: [
      ...access,
      ...variables.map(({ name }): Access => ({ store: 'variable', mode: 'read', name })),
      ...connections.map(({ name, from }): Access => ({ store: 'connection', mode: 'read', name, from })),
    ],
    uses: {
      variables: variables.map(({ name, schema, default: fallback, summary }) => ({
        name,
        schema: z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' }) as JsonObject,
        ...(fallback === undefined ? {} : { default: fallback }),
        ...(summary === undefined ? {} : { summary }),
      })),
      connections: connections.map(({ name, to, from }) => ({ name, to, from })),
    },
  };
}
