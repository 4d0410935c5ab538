import type { Diagnostic } from '../diagnostic';
import { valueOf, withMapped } from '../edges';
import type { Json } from '../json';
import type { PipelineModel } from '../pipeline';
import { walkValue } from '../value';

/** A path of the developer's machine means nothing to a function. */
const LOCAL =
  /^(?:file:\/\/|~\/|\/(?:home|Users|tmp|var|opt|mnt|root|private|workspace)\/|[A-Za-z]:[\\/]|\.\.?[\\/])/;

export function checkLocalPaths(model: PipelineModel): Diagnostic[] {
  const found: Diagnostic[] = [];
  const check = (text: string, path: string, place?: string) => {
    if (!LOCAL.test(text)) return;
    found.push({
      code: 'MR160',
      severity: 'error',
      path,
      message: `'${text}' is a path on this machine; a function does not have it${place === undefined ? '' : ` (${place})`}.`,
      hint: "Upload the file (millrace upload <file>) and name its key in the data bucket, e.g. 'raw/data.csv'.",
    });
  };
  for (const task of withMapped(model.tasks)) {
    // Arguments and variables of a container may name paths of its image.
    const passed = task.kind === 'container' ? task.input : valueOf(task);
    for (const value of walkValue(passed ?? { kind: 'literal', value: null })) {
      if (value.kind === 'literal')
        for (const text of strings(value.value)) check(text, `${model.id} / ${task.id}`, task.place);
    }
  }
  for (const text of strings(model.paramsSchema)) check(text, `${model.id} / params`);
  return found;
}

function* strings(value: Json): Generator<string> {
  if (typeof value === 'string') yield value;
  else if (typeof value === 'object' && value !== null)
    for (const member of Object.values(value)) yield* strings(member);
}
