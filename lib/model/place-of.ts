/** Where the schema of a referenced value stands: through maps, to the task or the param that it comes from. */
import type { JsonObject } from './json';
import type { PipelineModel } from './pipeline';
import { withMapped } from './edges';
import type { TaskNode } from './task-node';
import type { Path, Value } from './value';

export interface Place {
  readonly schema: JsonObject;
  readonly path: Path;
}

const TRIGGERED: JsonObject = {
  type: 'object',
  properties: { runId: { type: 'string' }, executionArn: { type: 'string' } },
};
const TEXT: JsonObject = { type: 'string' };

/** Schemas of values; `undefined` where nothing is known beforehand. */
export class Places {
  private readonly tasks: ReadonlyMap<string, TaskNode>;

  constructor(private readonly model: PipelineModel) {
    this.tasks = new Map(withMapped(model.tasks).map((task) => [task.id, task]));
  }

  placeOf(value: Value): Place | undefined {
    switch (value.kind) {
      case 'output':
        return this.outputAt(value.task, value.path);
      case 'param':
        return { schema: this.model.paramsSchema, path: value.path };
      case 'item': {
        const map = this.tasks.get(value.map);
        return map?.kind === 'map' ? this.below(map.items, [0, ...value.path]) : undefined;
      }
      case 'run':
      case 'url-encoded':
      case 'text':
        return { schema: TEXT, path: [] };
      case 'index':
        return { schema: { type: 'integer' }, path: [] };
      case 'compare':
      case 'logic':
        return { schema: { type: 'boolean' }, path: [] };
      case 'combine':
        return { schema: { type: 'array' }, path: [] };
      case 'literal':
      case 'array':
      case 'object':
        return undefined;
    }
  }

  private outputAt(id: string, path: Path): Place | undefined {
    const task = this.tasks.get(id);
    switch (task?.kind) {
      case undefined:
        return undefined;
      case 'task':
      case 'approval':
      case 'call':
      case 'container':
      case 'query':
        return { schema: task.outputSchema, path };
      case 'map': {
        const [index, ...rest] = path;
        return typeof index === 'number'
          ? this.below(task.result, rest)
          : { schema: { type: 'array', items: {} }, path };
      }
      case 'choose':
        return { schema: { type: 'array', items: TEXT }, path };
      case 'short-circuit':
        return { schema: { type: 'boolean' }, path };
      case 'trigger':
        return { schema: TRIGGERED, path };
      case 'wait':
        return { schema: {}, path };
      case 'branch':
      case 'empty':
        return { schema: TEXT, path };
    }
  }

  /** The place at a path inside of a value. */
  private below(value: Value, path: Path): Place | undefined {
    if (value.kind === 'output' || value.kind === 'param' || value.kind === 'item')
      return this.placeOf({ ...value, path: [...value.path, ...path] });
    const [first, ...rest] = path;
    if (first === undefined) return this.placeOf(value);
    const member = memberOf(value, first);
    if (member !== undefined) return this.below(member, rest);
    // An item of a combination is an object with an item of each list.
    const list = value.kind === 'combine' ? value.lists[String(rest[0])] : undefined;
    return list === undefined ? undefined : this.below(list, [0, ...rest.slice(1)]);
  }
}

function memberOf(value: Value, name: string | number): Value | undefined {
  if (value.kind === 'object') return value.fields[name];
  return value.kind === 'array' && typeof name === 'number' ? value.items[name] : undefined;
}
