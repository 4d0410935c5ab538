/** The imports of the project's files, resolved. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, sep } from 'node:path';

export interface ProjectImport {
  readonly from: string;
  /** A file of the project (with forward slashes), or a package. */
  readonly to: string;
  readonly kind: 'value' | 'type';
  readonly internal: boolean;
}

/** `import … from 'x'`, `export … from 'x'`, `import 'x'`, `import('x')`, `require('x')`; a whole statement at the start of a line. */
const STATEMENT =
  /^(?:import|export)\s+(type\s+)?((?:[\w*\s{},$]|\/\/[^\n]*\n)*?)\s*from\s*['"]([^'"\n]+)['"]|^import\s+['"]([^'"\n]+)['"]|\b(?:import|require)\(\s*['"]([^'"\n]+)['"]\s*\)/gm;

/** All TypeScript files below some folders. */
export function projectFiles(root: string, folders: readonly string[]): string[] {
  return folders.flatMap((folder) => filesIn(root, folder));
}

function filesIn(root: string, folder: string): string[] {
  if (!existsSync(join(root, folder))) return [];
  return readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .map((name) => `${folder}/${name.split(sep).join('/')}`)
    .filter((name) => name.endsWith('.ts') && !name.endsWith('.d.ts'))
    .sort();
}

export function importsOf(
  root: string,
  file: string,
  source = readFileSync(join(root, file), 'utf8'),
): ProjectImport[] {
  return [...withoutComments(source).matchAll(STATEMENT)].map((match) => {
    const specifier = match[3] ?? match[4] ?? match[5] ?? '';
    const names = match[2]?.trim() ?? '';
    const onlyTypes = Boolean(match[1]) || /^\{\s*(type\s[^,]+,?\s*)+\}$/.test(names);
    const internal = specifier.startsWith('.');
    return {
      from: file,
      to: internal ? resolveFile(root, file, specifier) : specifier,
      kind: onlyTypes ? 'type' : 'value',
      internal,
    };
  });
}

function withoutComments(source: string): string {
  return source.replace(/\/\*[\s\S]*?\*\//g, '').replace(/^\s*\/\/.*$/gm, '');
}

function resolveFile(root: string, from: string, specifier: string): string {
  const path = relative(root, join(root, dirname(from), specifier))
    .split(sep)
    .join('/');
  const candidates = [`${path}.ts`, `${path}/index.ts`, path];
  return candidates.find((candidate) => existsSync(join(root, candidate))) ?? path;
}

/** Circles among files, each as the list of its files; `[]` when there is none. Tarjan's strongly connected components. */
export function circles(imports: readonly ProjectImport[]): string[][] {
  const next = new Map<string, string[]>();
  for (const edge of imports)
    if (edge.internal) next.set(edge.from, [...(next.get(edge.from) ?? []), edge.to]);
  const index = new Map<string, number>();
  const low = new Map<string, number>();
  const stack: string[] = [];
  const found: string[][] = [];
  const visit = (node: string): void => {
    index.set(node, index.size);
    low.set(node, index.get(node) ?? 0);
    stack.push(node);
    for (const target of next.get(node) ?? []) {
      if (!index.has(target)) visit(target);
      if (stack.includes(target)) low.set(node, Math.min(low.get(node) ?? 0, low.get(target) ?? 0));
    }
    if (low.get(node) !== index.get(node)) return;
    const members = stack.splice(stack.indexOf(node));
    if (members.length > 1 || next.get(node)?.includes(node)) found.push(members.sort());
  };
  for (const node of next.keys()) if (!index.has(node)) visit(node);
  return found;
}
