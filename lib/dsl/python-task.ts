import { z } from 'zod';
import type { JsonObject } from '../model/json';
import type { PythonTask, TrackingMode } from '../model/python-task';
import type { Contract } from '../tasks/contract';

/** What the model has of a task whose handler is Python; nothing for others. */
export function pythonPartOf(
  contract: Contract,
  tracking: TrackingMode | undefined,
): { readonly python?: PythonTask } {
  if (contract.runtime !== 'python') return {};
  const tracks = contract.access.some(({ store }) => store === 'tracking');
  const input = exported(contract.input, 'input');
  const output = exported(contract.output, 'output');
  return {
    python: {
      input: input.schema,
      output: output.schema,
      unchecked: [...input.unchecked, ...output.unchecked],
      skips: contract.skips,
      ...(tracks || tracking !== undefined ? { tracking: tracking ?? 'required' } : {}),
    },
  };
}

/** Definitions of zod that JSON Schema has no words for, or that `toJSONSchema` leaves out without one. */
const WORDS: Readonly<Record<string, string>> = {
  transform: 'a transformation',
  custom: 'a check of its own',
  bigint: 'a bigint',
  date: 'a Date (use z.iso.datetime())',
  map: 'a Map',
  set: 'a Set',
  symbol: 'a symbol',
  function: 'a function',
  nan: 'NaN',
  undefined: 'undefined',
  void: 'nothing',
};

/** Both sides as they are before zod's defaults, which Python fills in. */
function exported(
  schema: z.ZodType,
  side: 'input' | 'output',
): { readonly schema: JsonObject; readonly unchecked: readonly string[] } {
  const unchecked = new Set<string>();
  const made = z.toJSONSchema(schema, {
    io: 'input',
    unrepresentable: 'any',
    override: ({ zodSchema, path }) => {
      const { def } = zodSchema._zod;
      const words = WORDS[def.type];
      const place = [side, ...path.filter((part) => part !== 'properties')].join('.');
      if (words !== undefined) unchecked.add(`${place}: ${words}`);
      // A transformation behind a schema is left out of its input side.
      if (def.type === 'pipe' && 'out' in def && isTransform(def.out))
        unchecked.add(`${place}: a transformation`);
      if (def.type === 'catch') unchecked.add(`${place}: a catch`);
      for (const check of def.checks ?? [])
        if (check._zod.def.check === 'custom') unchecked.add(`${place}: a refinement`);
    },
  });
  return { schema: made as JsonObject, unchecked: [...unchecked] };
}

function isTransform(schema: unknown): boolean {
  return (schema as { _zod?: { def?: { type?: string } } })._zod?.def?.type === 'transform';
}
