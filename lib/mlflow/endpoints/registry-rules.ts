/** What holds for names and searches of the whole registry. */
import { posix } from 'node:path';
import { invalid } from '../mlflow-error';
import { allClauses, mapClauses, type Condition } from '../search/conditions';
import type { Clause } from '../search/conditions';
import { checkLength } from '../wire/names';

const PROMPT_TAG = 'mlflow.prompt.is_prompt';

/** @throws MlflowError in MLflow's words */
export function checkModelName(name: string): void {
  if (name.trim() === '') throw invalid("Missing value for required parameter 'name'.");
  if (/[/:]/.test(name)) throw invalid(`Invalid model name '${name}'. Names cannot contain '/' or ':'.`);
  if (posix.normalize(name) !== name || name === '.' || name.startsWith('..')) {
    throw invalid(
      `Invalid value ${JSON.stringify(name)} for parameter 'name' supplied: Names may be treated as files in certain cases, and must not resolve to other names when treated as such. This name would resolve to '${posix.normalize(name)}'`,
    );
  }
  checkLength(name, 256, 'name');
}

/** Prompts are kept as models with a tag; searches find them only when they ask about that tag. */
export function withoutPrompts(conditions: readonly Condition[]): Condition[] {
  return mapClauses(conditions, (clause) => {
    if (clause.entity !== 'tag' || clause.key !== PROMPT_TAG) return clause;
    // Most things lack the tag: whoever asks for those without it means these too.
    const others =
      (clause.comparator === '=' && clause.value === 'false') ||
      (clause.comparator === '!=' && clause.value === 'true');
    return others ? NOT_A_PROMPT : clause;
  }).concat(allClauses(conditions).some(({ key }) => key === PROMPT_TAG) ? [] : [NOT_A_PROMPT]);
}

const NOT_A_PROMPT: Clause = { entity: 'tag', key: PROMPT_TAG, comparator: 'IS NULL', value: null };
