import { resourceNames } from '../aws/environment';
import { readParameter } from '../aws/read-parameter';
import { DoNotRetry } from '../model/errors';
import type { ValueOf, Variable } from '../tasks/variable';
import { parseText } from './parse-value';
import { variablePlace } from './places';

/** A variable without a default that nobody has set. */
export class VariableNotSet extends DoNotRetry {
  override readonly name = 'Millrace.VariableNotSet';
}

/** A variable whose value is not of its type. */
export class InvalidVariable extends DoNotRetry {
  override readonly name = 'Millrace.InvalidVariable';
}

/** The value as it is now. @throws VariableNotSet, InvalidVariable */
export async function readVariable<V extends Variable>(variable: V): Promise<ValueOf<V>> {
  const { name } = variable;
  const { stage } = resourceNames();
  const text = await readParameter(variablePlace(stage, name));
  const set = `millrace variables set ${name} <value>${stage === 'dev' ? '' : ` --stage ${stage}`}`;
  if (text === undefined) {
    if (variable.default !== undefined) return variable.schema.parse(variable.default) as ValueOf<V>;
    throw new VariableNotSet(`The variable '${name}' is not set in stage ${stage}. Set it: ${set}`);
  }
  const parsed = parseText(variable.schema, text);
  if ('value' in parsed) return parsed.value as ValueOf<V>;
  throw new InvalidVariable(
    `The variable '${name}' of stage ${stage} has a value that does not fit its type: ${parsed.fault}. Correct it: ${set}`,
  );
}
