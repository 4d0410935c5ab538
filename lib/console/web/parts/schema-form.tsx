/** A form made from a JSON Schema: params of a run, what an approval asks for. */
import type { Json, JsonObject } from '../../../model/json';

export interface FormValue {
  /** What the fields hold, as text; JSON for what is neither text, number nor a choice. */
  readonly texts: Readonly<Record<string, string>>;
}

type Kind = 'text' | 'number' | 'integer' | 'boolean' | 'choice' | 'json';

export function emptyForm(schema: JsonObject): FormValue {
  return {
    texts: Object.fromEntries(
      propertiesOf(schema).map(([name, property]) => [name, textOf(property['default'], kindOf(property))]),
    ),
  };
}

/** The values, or what is wrong with a field. Left empty means: not given. */
export function readForm(
  schema: JsonObject,
  { texts }: FormValue,
): { readonly values: JsonObject; readonly faults: Readonly<Record<string, string>> } {
  const values: Record<string, Json> = {};
  const faults: Record<string, string> = {};
  const required = Array.isArray(schema['required']) ? schema['required'] : [];
  for (const [name, property] of propertiesOf(schema)) {
    const text = texts[name] ?? '';
    const kind = kindOf(property);
    if (text === '' && !(kind === 'text' && property['default'] === '')) {
      if (required.includes(name) && !('default' in property)) faults[name] = 'is needed';
      continue;
    }
    const fault = parseField(kind, text, (value) => (values[name] = value));
    if (fault !== undefined) faults[name] = fault;
  }
  return { values, faults };
}

function parseField(kind: Kind, text: string, take: (value: Json) => void): string | undefined {
  switch (kind) {
    case 'text':
      take(text);
      return undefined;
    case 'number':
    case 'integer': {
      const value = Number(text);
      if (!Number.isFinite(value)) return 'must be a number';
      if (kind === 'integer' && !Number.isInteger(value)) return 'must be a whole number';
      take(value);
      return undefined;
    }
    case 'boolean':
    case 'choice':
    case 'json':
      try {
        take(JSON.parse(text) as Json);
        return undefined;
      } catch {
        return 'must be JSON';
      }
  }
}

export function SchemaForm({
  schema,
  value,
  faults,
  onChange,
}: {
  readonly schema: JsonObject;
  readonly value: FormValue;
  readonly faults: Readonly<Record<string, string>>;
  readonly onChange: (value: FormValue) => void;
}) {
  const properties = propertiesOf(schema);
  if (properties.length === 0) return null;
  return (
    <fieldset class="schema-form">
      {properties.map(([name, property]) => (
        <Field
          key={name}
          name={name}
          property={property}
          text={value.texts[name] ?? ''}
          fault={faults[name]}
          onChange={(text) => onChange({ texts: { ...value.texts, [name]: text } })}
        />
      ))}
    </fieldset>
  );
}

function Field({
  name,
  property,
  text,
  fault,
  onChange,
}: {
  readonly name: string;
  readonly property: JsonObject;
  readonly text: string;
  readonly fault: string | undefined;
  readonly onChange: (text: string) => void;
}) {
  const kind = kindOf(property);
  const id = `field-${name}`;
  const described = `${id}-hint`;
  const common = {
    id,
    'aria-describedby': described,
    ...(fault === undefined ? {} : { 'aria-invalid': 'true' as const }),
  };
  return (
    <div class="field">
      <label for={id}>{name}</label>
      {kind === 'boolean' || kind === 'choice' ? (
        <select {...common} value={text} onChange={(event) => onChange(event.currentTarget.value)}>
          {!('default' in property) && <option value="">(not given)</option>}
          {choicesOf(property).map((choice) => (
            <option key={JSON.stringify(choice)} value={JSON.stringify(choice)}>
              {typeof choice === 'string' ? choice : JSON.stringify(choice)}
            </option>
          ))}
        </select>
      ) : kind === 'json' ? (
        <textarea
          {...common}
          class="mono"
          rows={3}
          value={text}
          onInput={(event) => onChange(event.currentTarget.value)}
        />
      ) : (
        <input
          {...common}
          type="text"
          inputMode={kind === 'text' ? 'text' : 'decimal'}
          value={text}
          onInput={(event) => onChange(event.currentTarget.value)}
        />
      )}
      <small id={described} class={fault === undefined ? '' : 'wrong'}>
        {fault === undefined ? hintOf(property, kind) : `${name} ${fault}.`}
      </small>
    </div>
  );
}

function hintOf(property: JsonObject, kind: Kind): string {
  const { minimum, maximum, exclusiveMinimum, exclusiveMaximum } = property as Record<string, unknown>;
  const small = (value: unknown) => typeof value === 'number' && Math.abs(value) < Number.MAX_SAFE_INTEGER;
  const bounds = [
    small(minimum)
      ? `from ${String(minimum)}`
      : small(exclusiveMinimum)
        ? `above ${String(exclusiveMinimum)}`
        : '',
    small(maximum)
      ? `to ${String(maximum)}`
      : small(exclusiveMaximum)
        ? `below ${String(exclusiveMaximum)}`
        : '',
  ].filter((part) => part !== '');
  const words = {
    text: 'Text',
    number: 'Number',
    integer: 'Whole number',
    boolean: '',
    choice: '',
    json: 'JSON',
  }[kind];
  const what = [words, ...bounds].filter((part) => part !== '').join(' ');
  const description = typeof property['description'] === 'string' ? property['description'] : '';
  return [description, what].filter((part) => part !== '').join('. ');
}

function propertiesOf(schema: JsonObject): [string, JsonObject][] {
  const { properties } = schema;
  return typeof properties === 'object' && properties !== null && !Array.isArray(properties)
    ? (Object.entries(properties) as [string, JsonObject][])
    : [];
}

function choicesOf(property: JsonObject): readonly Json[] {
  return Array.isArray(property['enum']) ? property['enum'] : [true, false];
}

function kindOf(property: JsonObject): Kind {
  if (Array.isArray(property['enum'])) return 'choice';
  switch (property['type']) {
    case 'string':
      return 'text';
    case 'number':
    case 'integer':
    case 'boolean':
      return property['type'];
    default:
      return 'json';
  }
}

function textOf(value: Json | undefined, kind: Kind): string {
  if (value === undefined) return '';
  return kind === 'text' ? String(value) : JSON.stringify(value);
}
