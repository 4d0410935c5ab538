import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

interface Template {
  readonly Resources?: Readonly<
    Record<string, { readonly Type: string; readonly Properties?: Readonly<Record<string, unknown>> }>
  >;
}

/** Definitions of the machines of a cloud assembly, as text, by machine name; substitutions stay as they are written. */
export function readAssembly(directory: string): Map<string, string> {
  const found = new Map<string, string>();
  for (const file of readdirSync(directory).filter((name) => name.endsWith('.template.json'))) {
    const { Resources = {} } = JSON.parse(readFileSync(join(directory, file), 'utf8')) as Template;
    for (const { Type, Properties = {} } of Object.values(Resources)) {
      const { StateMachineName: name, DefinitionString: text } = Properties;
      if (Type === 'AWS::StepFunctions::StateMachine' && typeof name === 'string' && typeof text === 'string')
        found.set(name, text);
    }
  }
  return found;
}
