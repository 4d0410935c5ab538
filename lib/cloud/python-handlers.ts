import type { CompiledPipeline } from '../compiler/compile';
import type { FunctionSpec } from '../compiler/functions';
import type { PythonHandler } from './bundle-python';

/** Folders with handlers in TypeScript. */
export function nodeHandlersOf(functions: readonly FunctionSpec[]): string[] {
  return functions.filter(({ python }) => python === undefined).map(({ handler }) => handler);
}

/** What a pipeline runs in Python: functions, and handlers in containers. */
function pythonOf({ functions, jobs }: Pick<CompiledPipeline, 'functions' | 'jobs'>) {
  return [
    ...functions.map(({ handler, contract, python }) => ({ handler, contract, python, inContainer: false })),
    ...jobs.flatMap(({ runs }) =>
      runs.kind === 'handler'
        ? [{ handler: runs.handler, contract: runs.contract, python: runs.python, inContainer: true }]
        : [],
    ),
  ];
}

/** Folders with handlers in Python, each once with all contracts that name it. */
export function pythonHandlersOf(
  pipelines: readonly Pick<CompiledPipeline, 'functions' | 'jobs'>[],
): PythonHandler[] {
  const found = new Map<string, Map<string, PythonHandler['contracts'][string]>>();
  const inFunctions = new Set<string>();
  for (const { handler, contract, python, inContainer } of pipelines.flatMap(pythonOf)) {
    if (python === undefined) continue;
    const { input, output, skips } = python;
    const contracts = found.get(handler) ?? new Map<string, PythonHandler['contracts'][string]>();
    found.set(handler, contracts.set(contract, { input, output, skips }));
    if (!inContainer) inFunctions.add(handler);
  }
  return [...found]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([handler, contracts]) => ({
      handler,
      contracts: Object.fromEntries([...contracts].sort(([a], [b]) => (a < b ? -1 : 1))),
      ...(inFunctions.has(handler) ? {} : { inContainersOnly: true as const }),
    }));
}

/** Whether a function logs by MLflow's client, and therefore needs MLflow's API. */
export function tracksFromPython(functions: readonly FunctionSpec[]): boolean {
  return functions.some(({ python }) => python?.tracking !== undefined);
}

/** The same of functions and containers. */
export function needsMlflow(pipeline: Pick<CompiledPipeline, 'functions' | 'jobs'>): boolean {
  return pythonOf(pipeline).some(({ python }) => python?.tracking !== undefined);
}
