/**
 * How a tracked run was made: the task, its input, the function and the code, written down with the run, so that it can be
 * made again when the records of the pipeline run have long gone.
 */
import { trackingTable } from '../aws/tables';
import type { Json, JsonObject } from '../model/json';
import { recipeKey, recipesOf } from './keys';

export interface Recipe {
  /** Whether the task made the run; others logged to a run that was there, e.g. an evaluation. */
  readonly made: boolean;
  /** Id with its groups. */
  readonly task: string;
  /** Name of the run, as the task gave it. */
  readonly name: string;
  /** As the task was invoked: values in S3 are markers. */
  readonly input: Json;
  /** The logical run, as the task saw it. */
  readonly run: JsonObject;
  /** Name of the function. */
  readonly function: string;
  /** Of its bundle. */
  readonly codeHash: string;
  readonly memoryMb: number;
  readonly node: string;
}

/** The same task again replaces what it wrote. */
export async function recordRecipe(runId: string, recipe: Recipe): Promise<void> {
  // As text: numbers of DynamoDB have 38 digits and no NaN, and an input may have members of any name.
  await trackingTable().put({ ...recipeKey(runId, recipe.task), recipe: JSON.stringify(recipe) });
}

/** The maker's first, then in the order of the tasks' names. */
export async function readRecipes(runId: string): Promise<Recipe[]> {
  const items = await trackingTable().query<{ recipe: string }>(recipesOf(runId));
  const recipes = items.map(({ recipe }) => JSON.parse(recipe) as Recipe);
  return recipes.sort((a, b) => Number(b.made) - Number(a.made) || (a.task < b.task ? -1 : 1));
}
