import type { Diagnostic } from '../diagnostic';
import { withMapped } from '../edges';
import type { PipelineModel } from '../pipeline';
import { namedParameters, positionalParameters } from '../query-task';
import { placeholdersOf } from '../sql-placeholders';
import type { QueryTask } from '../task-node';
import { errorsOf, type AddError } from './errors-of';

/** Values a query is given must be those that it asks for; what a service cannot do is said before it is asked. */
export function checkQueries(model: PipelineModel): Diagnostic[] {
  return withMapped(model.tasks).flatMap((task) => {
    if (task.kind !== 'query') return [];
    const { found, add } = errorsOf(model, task);
    checkParameters(task, add);
    if (task.maxRows < 0 || task.maxRows > 999 || !Number.isInteger(task.maxRows))
      add(
        'MR332',
        `It takes ${task.maxRows} rows.`,
        'A state holds 0 to 999 rows, and at most 256 KB; read larger results from S3.',
      );
    if (task.engine === 'aurora' && task.timeoutSeconds > 45)
      add(
        'MR333',
        `Its timeout is ${task.timeoutSeconds} s; the Data API ends a statement after 45 s.`,
        'Leave the timeout out, or split the statement.',
      );
    for (const [table, place] of Object.entries(task.local?.tables ?? {}))
      if (/^(?:\/|[A-Za-z]:|~|.*\.\.)/.test(place) || place.trim() === '')
        add(
          'MR334',
          `Locally its table ${table} is '${place}', which is no file of the project.`,
          "Name a file relative to the project, like 'data/orders.csv', or s3://bucket/key.",
        );
    return found;
  });
}

function checkParameters(task: QueryTask, add: AddError): void {
  const asked = placeholdersOf(task.sql);
  if (task.engine === 'athena') {
    const given = positionalParameters(task.parameters).length;
    if (asked.positional !== given)
      add(
        'MR330',
        `The statement has ${asked.positional} question marks, and ${given} parameters are given.`,
        'Give one value for each question mark, in their order.',
      );
    return;
  }
  const given = new Set(namedParameters(task.parameters).map(([name]) => name));
  const missing = asked.named.filter((name) => !given.has(name));
  const unused = [...given].filter((name) => !asked.named.includes(name));
  if (missing.length + unused.length > 0)
    add(
      'MR331',
      `The statement ${missing.length > 0 ? `has :${missing.join(', :')} without a parameter` : `does not have :${unused.join(', :')}`}.`,
      'Write a value as :name in the statement and give it under that name in parameters.',
    );
}
