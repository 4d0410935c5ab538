/** The places of a statement where values go: `?` of Athena, `:name` of Redshift and Aurora; not in texts and comments. */
export interface Placeholders {
  readonly positional: number;
  /** Each once, in order of first mention. */
  readonly named: readonly string[];
}

const PARTS =
  /'(?:[^']|'')*'|"(?:[^"]|"")*"|--[^\n]*|\/\*[\s\S]*?\*\/|\$(\w*)\$[\s\S]*?\$\1\$|::|:([A-Za-z_]\w*)|(\?)/g;

export function placeholdersOf(sql: string): Placeholders {
  const named = new Set<string>();
  let positional = 0;
  for (const [, , name, mark] of sql.matchAll(PARTS)) {
    if (name !== undefined) named.add(name);
    if (mark !== undefined) positional++;
  }
  return { positional, named: [...named] };
}
