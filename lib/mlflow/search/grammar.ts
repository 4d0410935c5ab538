/** What can be searched and sorted: a table for each kind of thing, read by one parser. */
export type Comparator =
  '=' | '!=' | '>' | '>=' | '<' | '<=' | 'LIKE' | 'ILIKE' | 'IN' | 'NOT IN' | 'IS NULL' | 'IS NOT NULL';

export const NUMERIC = ['>', '>=', '=', '!=', '<', '<='] as const;
export const TEXT = ['=', '!=', 'LIKE', 'ILIKE'] as const;
export const LISTED = [...TEXT, 'IN', 'NOT IN'] as const;
export const NULLABLE = [...TEXT, 'IS NULL', 'IS NOT NULL'] as const;

export interface Searchable {
  readonly type: 'number' | 'string';
  readonly comparators: readonly Comparator[];
}

export interface Attribute extends Searchable {
  /** Other spellings. */
  readonly aliases?: readonly string[];
  /** @default true */
  readonly filter?: boolean;
  /** @default true */
  readonly order?: boolean;
}

export interface Entity {
  readonly aliases: readonly string[];
  /** Known keys by name, or the one description of all keys. */
  readonly keys: Readonly<Record<string, Attribute>> | Searchable;
  /** @default true */
  readonly order?: boolean;
}

/** Entities by name; `attribute` is meant when a clause names none. */
export type Grammar = Readonly<Record<string, Entity>>;

const textKey: Attribute = { type: 'string', comparators: TEXT };
const numberKey: Attribute = { type: 'number', comparators: NUMERIC };
const onlyOrder = (key: Attribute): Attribute => ({ ...key, filter: false });

const ATTRIBUTE = ['attribute', 'attributes', 'attr'];
const tag: Entity = { aliases: ['tag', 'tags'], keys: { type: 'string', comparators: NULLABLE } };
const metric: Entity = { aliases: ['metric', 'metrics'], keys: { type: 'number', comparators: NUMERIC } };
const parameter: Entity = {
  aliases: ['parameter', 'parameters', 'param', 'params'],
  keys: { type: 'string', comparators: NULLABLE },
};

export const RUNS: Grammar = {
  metric,
  parameter,
  tag,
  dataset: {
    aliases: ['dataset', 'datasets'],
    order: false,
    keys: {
      name: { type: 'string', comparators: LISTED },
      digest: { type: 'string', comparators: LISTED },
      context: { type: 'string', comparators: LISTED },
    },
  },
  attribute: {
    aliases: [...ATTRIBUTE, 'run'],
    keys: {
      run_id: { type: 'string', comparators: LISTED },
      run_name: { ...textKey, aliases: ['run name', 'Run name', 'Run Name'] },
      user_id: textKey,
      status: textKey,
      artifact_uri: textKey,
      start_time: { ...numberKey, aliases: ['created', 'Created'] },
      end_time: numberKey,
    },
  },
};

export const EXPERIMENTS: Grammar = {
  tag: { ...tag, order: false },
  attribute: {
    aliases: ATTRIBUTE,
    keys: {
      name: textKey,
      creation_time: numberKey,
      last_update_time: numberKey,
      experiment_id: onlyOrder(numberKey),
    },
  },
};

export const REGISTERED_MODELS: Grammar = {
  tag: { ...tag, order: false },
  attribute: {
    aliases: ATTRIBUTE,
    keys: {
      name: textKey,
      last_updated_timestamp: { ...onlyOrder(numberKey), aliases: ['timestamp'] },
      creation_timestamp: onlyOrder(numberKey),
    },
  },
};

export const MODEL_VERSIONS: Grammar = {
  tag: { ...tag, order: false },
  attribute: {
    aliases: ATTRIBUTE,
    keys: {
      name: { type: 'string', comparators: LISTED },
      source_path: textKey,
      run_id: { type: 'string', comparators: LISTED },
      version_number: numberKey,
      creation_timestamp: onlyOrder(numberKey),
      last_updated_timestamp: { ...onlyOrder(numberKey), aliases: ['timestamp'] },
    },
  },
};

export const LOGGED_MODELS: Grammar = {
  metric,
  parameter: { ...parameter, order: false },
  tag: { ...tag, order: false },
  attribute: {
    aliases: ATTRIBUTE,
    keys: {
      name: { type: 'string', comparators: LISTED },
      model_id: { type: 'string', comparators: LISTED },
      model_type: { type: 'string', comparators: LISTED },
      status: { type: 'string', comparators: LISTED },
      source_run_id: { type: 'string', comparators: LISTED },
      experiment_id: { type: 'string', comparators: LISTED },
      creation_timestamp: { ...numberKey, aliases: ['creation_time'] },
      last_updated_timestamp: { ...numberKey, aliases: ['last_updated_time'] },
    },
  },
};
