/** Changes of the registry that webhooks can be called for, by the names that MLflow gives them. */
import { TrackingRefused } from '../tracking-refused';

/** Entity and what can happen to it, with an example of what is sent. */
const EXAMPLES = {
  registered_model: {
    created: { name: 'example_model', tags: { example_key: 'example_value' }, description: 'An example' },
  },
  model_version: {
    created: {
      name: 'example_model',
      version: '1',
      source: 'models:/123',
      run_id: 'abcd1234abcd5678',
      tags: { example_key: 'example_value' },
      description: 'An example',
    },
  },
  model_version_tag: {
    set: { name: 'example_model', version: '1', key: 'example_key', value: 'example_value' },
    deleted: { name: 'example_model', version: '1', key: 'example_key' },
  },
  model_version_alias: {
    created: { name: 'example_model', alias: 'example_alias', version: '1' },
    deleted: { name: 'example_model', alias: 'example_alias' },
  },
  prompt: {
    created: { name: 'example_prompt', tags: { example_key: 'example_value' }, description: 'An example' },
  },
  prompt_version: {
    created: {
      name: 'example_prompt',
      version: '1',
      template: 'Hello {{name}}!',
      tags: { example_key: 'example_value' },
      description: 'An example',
    },
  },
  prompt_tag: {
    set: { name: 'example_prompt', key: 'example_key', value: 'example_value' },
    deleted: { name: 'example_prompt', key: 'example_key' },
  },
  prompt_version_tag: {
    set: { name: 'example_prompt', version: '1', key: 'example_key', value: 'example_value' },
    deleted: { name: 'example_prompt', version: '1', key: 'example_key' },
  },
  prompt_alias: {
    created: { name: 'example_prompt', alias: 'example_alias', version: '1' },
    deleted: { name: 'example_prompt', alias: 'example_alias' },
  },
} as const satisfies Record<string, Record<string, object>>;

/** E.g. `model_version.created`. */
export interface WebhookEvent {
  readonly entity: string;
  readonly action: string;
}

export function nameOf({ entity, action }: WebhookEvent): string {
  return `${entity}.${action}`;
}

/** What a test of a webhook sends. @throws TrackingRefused for an event that never happens */
export function exampleOf({ entity, action }: WebhookEvent): object {
  const actions: Readonly<Record<string, object>> | undefined = Object.entries(EXAMPLES).find(
    ([name]) => name === entity,
  )?.[1];
  if (actions === undefined)
    throw new TrackingRefused(
      'INVALID_PARAMETER_VALUE',
      `Nothing is told of the entity '${entity}'. Entities: ${Object.keys(EXAMPLES).join(', ')}.`,
    );
  const example = Object.entries(actions).find(([name]) => name === action)?.[1];
  if (example !== undefined) return example;
  throw new TrackingRefused(
    'INVALID_PARAMETER_VALUE',
    `Invalid action '${action}' for entity '${entity}'. Valid actions are: ${Object.keys(actions).sort().join(', ')}`,
  );
}
