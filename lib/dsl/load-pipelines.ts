/**
 * Loads every file of `pipelines/`. What is wrong with one file is told with its line and its remedy and does not keep
 * the others from loading: throwing at import, exporting nothing usable, importing in a circle, taken or faulty ids.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { checkPipeline } from '../model/check';
import type { PipelineModel } from '../model/pipeline';
import type { PipelineDefinition } from './pipeline';

export interface LoadedPipeline {
  readonly model: PipelineModel;
  /** Absolute path. */
  readonly file: string;
}

export interface LoadFailure {
  readonly file: string;
  readonly line?: number;
  /** Id of the pipeline that has the fault, when the file got as far as to define it. */
  readonly pipeline?: string;
  readonly code: string;
  readonly message: string;
  readonly hint: string;
}

export interface LoadedPipelines {
  readonly pipelines: readonly LoadedPipeline[];
  readonly failures: readonly LoadFailure[];
}

export function loadPipelines(directory: string): LoadedPipelines {
  const pipelines: LoadedPipeline[] = [];
  const failures: LoadFailure[] = [];
  if (!existsSync(directory)) {
    return {
      pipelines,
      failures: [
        {
          file: directory,
          code: 'MR001',
          message: 'The folder with the pipelines does not exist.',
          hint: 'Make it, with one file per pipeline.',
        },
      ],
    };
  }
  const files = readdirSync(directory, { recursive: true })
    .map(String)
    .filter((name) => /\.(ts|js|cts|cjs)$/.test(name) && !name.endsWith('.d.ts'))
    .map((name) => resolve(directory, name))
    .sort();
  for (const file of files) {
    const circle = importCircle(file);
    if (circle !== undefined) {
      failures.push({
        file,
        ...circle,
        code: 'MR003',
        hint: 'Move what both need into a third file that imports neither.',
      });
      continue;
    }
    try {
      const definitions = definitionsIn(require(file) as Record<string, unknown>);
      if (definitions.length === 0) {
        if (isHelper(file, files)) continue;
        failures.push({
          file,
          line: 1,
          code: 'MR002',
          message: 'The file exports no pipeline.',
          hint: 'Write `export default pipeline({ … }, …)`, or move helpers out of the folder.',
        });
      }
      for (const { model, place } of definitions) add(model, file, place);
    } catch (error) {
      failures.push({ file, ...loadFault(error, file) });
    }
  }
  return { pipelines, failures };

  function add(model: PipelineModel, file: string, place: string): void {
    const line = Number(/:(\d+)$/.exec(place)?.[1] ?? Number.NaN);
    const where = Number.isNaN(line) ? {} : { line };
    const taken = pipelines.find((other) => other.model.id === model.id);
    if (taken !== undefined) {
      failures.push({
        file,
        ...where,
        code: 'MR005',
        message: `The id '${model.id}' is taken by ${relative(directory, taken.file)}.`,
        hint: 'Give one of them another id.',
      });
      return;
    }
    const errors = checkPipeline(model).filter((diagnostic) => diagnostic.severity === 'error');
    for (const error of errors)
      failures.push({
        file,
        ...where,
        pipeline: model.id,
        code: error.code,
        message: `${error.path}: ${error.message}`,
        hint: error.hint,
      });
    if (errors.length === 0) pipelines.push({ model, file });
  }
}

/** Definitions among the exports: single ones, and lists or records of them. */
function definitionsIn(exports: Record<string, unknown>): PipelineDefinition[] {
  const found = new Set<PipelineDefinition>();
  const visit = (value: unknown, depth: number): void => {
    if (typeof value !== 'object' || value === null || depth > 2) return;
    if ('kind' in value && value.kind === 'pipeline' && 'model' in value)
      found.add(value as PipelineDefinition);
    else for (const member of Object.values(value)) visit(member, depth + 1);
  };
  visit(exports, 0);
  return [...found];
}

/** A file without pipelines is fine when another file of the folder imports it. */
function isHelper(file: string, files: readonly string[]): boolean {
  return files.some((other) => other !== file && importsOf(other).some(({ target }) => target === file));
}

interface Import {
  readonly target: string;
  readonly line: number;
}

/** Relative imports of a file, resolved. */
function importsOf(file: string): Import[] {
  const source = readFileSync(file, 'utf8');
  const found: Import[] = [];
  source.split('\n').forEach((text, i) => {
    const match =
      /^\s*(?:import|export)\b[^'"]*from\s*['"](\.[^'"]+)['"]|^\s*import\s*['"](\.[^'"]+)['"]|\brequire\(\s*['"](\.[^'"]+)['"]\s*\)/.exec(
        text,
      );
    const specifier = match?.[1] ?? match?.[2] ?? match?.[3];
    if (specifier === undefined || /^\s*(?:import|export)\s+type\b/.test(text)) return;
    const base = join(dirname(file), specifier);
    const target = [base, `${base}.ts`, `${base}.js`, join(base, 'index.ts')].find(
      (path) => existsSync(path) && /\.[cm]?[jt]s$/.test(path),
    );
    if (target !== undefined) found.push({ target, line: i + 1 });
  });
  return found;
}

function importCircle(file: string): { line: number; message: string } | undefined {
  for (const first of importsOf(file)) {
    const trail = wayBack(first.target, file, new Set());
    if (trail !== undefined) {
      const names = [file, ...trail].map((path) => relative(dirname(file), path) || path);
      return { line: first.line, message: `The file imports itself in a circle: ${names.join(' -> ')}.` };
    }
  }
  return undefined;
}

function wayBack(from: string, to: string, seen: Set<string>): string[] | undefined {
  if (from === to) return [to];
  if (seen.has(from) || from.includes('node_modules')) return undefined;
  seen.add(from);
  for (const { target } of importsOf(from)) {
    const rest = wayBack(target, to, seen);
    if (rest !== undefined) return [from, ...rest];
  }
  return undefined;
}

/** Why a file does not load: an import that leads nowhere, what is no TypeScript, or an error thrown at the top level. */
function loadFault(error: unknown, file: string): Omit<LoadFailure, 'file'> {
  const message = error instanceof Error ? error.message : String(error);
  const missing = /Cannot find module '([^']+)'/.exec(message)?.[1];
  if (missing !== undefined)
    return {
      ...lineWith(missing, file),
      code: 'MR006',
      message: `The file imports '${missing}', which cannot be found.`,
      hint: 'Correct the path of the import, or install the package.',
    };
  const syntax = /:(\d+):(\d+): ERROR: (.*)/.exec(message);
  if (syntax !== null && message.includes(file))
    return {
      line: Number(syntax[1]),
      code: 'MR007',
      message: `The file is no TypeScript: ${syntax[3]} in column ${Number(syntax[2]) + 1}.`,
      hint: 'Mend that line; `npx tsc --noEmit` shows all such errors.',
    };
  return {
    ...lineOf(error, file),
    code: 'MR004',
    message: `The file throws when it is loaded: ${message}`,
    hint: 'Mend that line; a definition only describes, it reads no data and calls no service.',
  };
}

/** Line of the import of a module; none when another file imports it. */
function lineWith(specifier: string, file: string): { line?: number } {
  const at = readFileSync(file, 'utf8')
    .split('\n')
    .findIndex((text) => text.includes(`'${specifier}'`) || text.includes(`"${specifier}"`));
  return at < 0 ? {} : { line: at + 1 };
}

function lineOf(error: unknown, file: string): { line?: number } {
  const stack = error instanceof Error ? (error.stack ?? '') : '';
  const at = stack.indexOf(file);
  const line = at < 0 ? Number.NaN : Number(/^:(\d+)/.exec(stack.slice(at + file.length))?.[1] ?? Number.NaN);
  return Number.isNaN(line) ? {} : { line };
}
