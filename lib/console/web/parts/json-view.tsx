/** JSON as a tree that folds; long texts are cut until they are asked for. */
import { useState } from 'preact/hooks';
import type { Json } from '../../../model/json';
import { counted } from '../format';

const OPEN_DEPTH = 2;
const MAX_TEXT = 300;
const MAX_MEMBERS = 100;

export function JsonView({ value }: { readonly value: Json }) {
  return (
    <div class="json mono">
      <Node value={value} depth={0} />
    </div>
  );
}

function Node({
  value,
  depth,
  name,
}: {
  readonly value: Json;
  readonly depth: number;
  readonly name?: string;
}) {
  const label = name === undefined ? null : <span class="json-name">{name}: </span>;
  if (typeof value !== 'object' || value === null)
    return (
      <div class="json-leaf">
        {label}
        <Leaf value={value} />
      </div>
    );
  const members = Array.isArray(value)
    ? value.map((item, i) => [String(i), item] as const)
    : Object.entries(value);
  const brackets = Array.isArray(value) ? ['[', ']'] : ['{', '}'];
  if (members.length === 0)
    return (
      <div class="json-leaf">
        {label}
        {brackets.join('')}
      </div>
    );
  return (
    <details open={depth < OPEN_DEPTH && members.length <= 20}>
      <summary>
        {label}
        {brackets[0]}
        <span class="json-count">{counted(members.length, Array.isArray(value) ? 'item' : 'field')}</span>
        {brackets[1]}
      </summary>
      <div class="json-body">
        {members.slice(0, MAX_MEMBERS).map(([key, member]) => (
          <Node key={key} name={key} value={member} depth={depth + 1} />
        ))}
        {members.length > MAX_MEMBERS && <div class="json-leaf">… {members.length - MAX_MEMBERS} more</div>}
      </div>
    </details>
  );
}

function Leaf({ value }: { readonly value: string | number | boolean | null }) {
  const [whole, setWhole] = useState(false);
  const text = JSON.stringify(value);
  if (text.length <= MAX_TEXT || whole)
    return <span class={`json-${value === null ? 'null' : typeof value}`}>{text}</span>;
  return (
    <span class="json-string">
      {text.slice(0, MAX_TEXT)}…{' '}
      <button type="button" class="inline" onClick={() => setWhole(true)}>
        all {text.length} characters
      </button>
    </span>
  );
}
