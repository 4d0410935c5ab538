/** Which endpoints the pipelines deploy to, as far as the definitions say it: those are watched by alarms. */
import type { PipelineModel } from '../model/pipeline';
import { DEPLOYING_CONTRACTS } from '../tasks/deploy-model';

/** Literal endpoint names of deploying tasks, and the models of triggers by alias of pipelines that take the endpoint as a param. */
export function endpointsOf(models: readonly Pick<PipelineModel, 'tasks' | 'triggers'>[]): string[] {
  const found = new Set<string>();
  for (const { tasks, triggers } of models) {
    for (const task of tasks) {
      if (task.kind !== 'task' || !DEPLOYING_CONTRACTS.has(task.contract)) continue;
      const name = endpointIn(task.input);
      if (name !== undefined) found.add(name);
      else
        for (const trigger of triggers)
          if (trigger.kind === 'alias-moved') for (const model of trigger.models) found.add(model);
    }
  }
  return [...found].sort();
}

function endpointIn(input: unknown): string | undefined {
  const { kind, value, fields } = input as {
    readonly kind: string;
    readonly value?: { readonly endpoint?: unknown };
    readonly fields?: Readonly<Record<string, { readonly kind: string; readonly value?: unknown }>>;
  };
  const literal =
    kind === 'literal' ? value?.endpoint : kind === 'object' ? literalOf(fields?.['endpoint']) : undefined;
  return typeof literal === 'string' ? literal : undefined;
}

function literalOf(field: { readonly kind: string; readonly value?: unknown } | undefined): unknown {
  return field?.kind === 'literal' ? field.value : undefined;
}
