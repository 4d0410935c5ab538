/**
 * Tells the bus of the stage what changed in the registry: rules of EventBridge and webhooks go by it. It is told after the
 * change was written; when the bus does not take it the change stands, and the log says so.
 */
import { PutEventsCommand, type PutEventsRequestEntry } from '@aws-sdk/client-eventbridge';
import { eventBridgeClient } from '../aws/clients/event-bridge';
import { resourceNames } from '../aws/environment';
import type { RegistryChange } from './webhooks/deliver';

export const REGISTRY_CHANGED = 'Registry Changed';

const PROMPT_TAG = 'mlflow.prompt.is_prompt';

/** What happened, in MLflow's words for models; for prompts, which are models with a tag, their own words are taken. */
export interface Happened {
  readonly entity:
    | 'registered_model'
    | 'model_version'
    | 'registered_model_tag'
    | 'model_version_tag'
    | 'model_version_alias'
    | 'model_version_stage';
  readonly action: 'created' | 'set' | 'deleted' | 'changed';
  readonly data: object;
}

const OF_PROMPTS: Readonly<Record<Happened['entity'], string>> = {
  registered_model: 'prompt',
  model_version: 'prompt_version',
  registered_model_tag: 'prompt_tag',
  model_version_tag: 'prompt_version_tag',
  model_version_alias: 'prompt_alias',
  model_version_stage: 'prompt_version_stage',
};

/** @param id the same for a repetition of the change */
export function changeEntry(
  { entity, action, data }: Happened,
  model: { readonly tags: Readonly<Record<string, string>> },
  id: string,
): PutEventsRequestEntry {
  const change: RegistryChange = {
    entity: model.tags[PROMPT_TAG]?.toLowerCase() === 'true' ? OF_PROMPTS[entity] : entity,
    action,
    id,
    at: new Date().toISOString(),
    data,
  };
  return {
    EventBusName: resourceNames().bus,
    Source: 'millrace',
    DetailType: REGISTRY_CHANGED,
    Detail: JSON.stringify(change),
  };
}

/** Never throws. */
export async function tellRegistry(
  model: { readonly id: string; readonly tags: Readonly<Record<string, string>> },
  rev: number,
  ...happened: readonly Happened[]
): Promise<void> {
  if (happened.length === 0) return;
  try {
    const Entries = happened.map((one, i) => changeEntry(one, model, `${model.id}#${rev}#${i}`));
    const { FailedEntryCount = 0, Entries: results = [] } = await eventBridgeClient().send(
      new PutEventsCommand({ Entries }),
    );
    if (FailedEntryCount > 0)
      throw new Error(results.find(({ ErrorMessage }) => ErrorMessage)?.ErrorMessage ?? 'refused');
  } catch (error) {
    console.error(
      JSON.stringify({
        level: 'ERROR',
        message: `The registry changed, but the bus was not told: ${(error as Error).message}`,
        changes: happened,
      }),
    );
  }
}
