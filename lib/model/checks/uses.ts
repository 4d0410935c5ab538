import { z } from 'zod';
import type { Diagnostic } from '../diagnostic';
import { withMapped } from '../edges';
import type { PipelineModel } from '../pipeline';
import type { UsedConnection, UsedVariable } from '../uses';

/** Names that are names, defaults that fit, and one meaning for each variable and connection. */
export function checkUses(model: PipelineModel): Diagnostic[] {
  const found: Diagnostic[] = [];
  const variables = new Map<string, string>();
  const connections = new Map<string, string>();
  for (const task of withMapped(model.tasks)) {
    if (task.kind !== 'task' || task.uses === undefined) continue;
    const add = (code: string, message: string, hint: string) =>
      found.push({ code, severity: 'error', path: `${model.id} / ${task.id}`, message, hint });
    for (const used of [...task.uses.variables, ...task.uses.connections])
      if (!NAME.test(used.name))
        add(
          'MR270',
          `'${used.name}' is no name of a variable or a connection.`,
          'Up to 100 letters, digits, dots, hyphens and underscores.',
        );
    for (const used of task.uses.variables) {
      const fault = faultOf(used);
      if (fault !== undefined)
        add('MR271', `The default of the variable '${used.name}' does not fit: ${fault}`, 'Correct either.');
      const meaning = JSON.stringify([used.schema, used.default]);
      if ((variables.get(used.name) ?? meaning) !== meaning)
        add(
          'MR272',
          `The variable '${used.name}' has another type or default in another task.`,
          'Define it once, and import it: export const limit = variable(…).',
        );
      variables.set(used.name, meaning);
    }
    for (const used of task.uses.connections) {
      const meaning = meaningOf(used);
      if ((connections.get(used.name) ?? meaning) !== meaning)
        add(
          'MR273',
          `The connection '${used.name}' is ${meaning} here and ${connections.get(used.name) ?? ''} in another task.`,
          'Define it once, and import it: export const warehouse = connection(…).',
        );
      connections.set(used.name, meaning);
    }
  }
  return found;
}

const NAME = /^[A-Za-z0-9][\w.-]{0,99}$/;

function faultOf({ schema, default: fallback }: UsedVariable): string | undefined {
  if (fallback === undefined) return undefined;
  const parsed = z.fromJSONSchema(schema).safeParse(fallback);
  return parsed.error?.issues[0]?.message;
}

function meaningOf({ to, from }: UsedConnection): string {
  return `${to} from ${from === 'parameter' ? 'Parameter Store' : 'Secrets Manager'}`;
}
