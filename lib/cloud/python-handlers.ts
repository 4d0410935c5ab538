import type { FunctionSpec } from '../compiler/functions';
import type { PythonHandler } from './bundle-python';

/** Folders with handlers in TypeScript. */
export function nodeHandlersOf(functions: readonly FunctionSpec[]): string[] {
  return functions.filter(({ python }) => python === undefined).map(({ handler }) => handler);
}

/** Folders with handlers in Python, each once with all contracts that name it. */
export function pythonHandlersOf(functions: readonly FunctionSpec[]): PythonHandler[] {
  const found = new Map<string, Map<string, PythonHandler['contracts'][string]>>();
  for (const { handler, contract, python } of functions) {
    if (python === undefined) continue;
    const { input, output, skips } = python;
    const contracts = found.get(handler) ?? new Map<string, PythonHandler['contracts'][string]>();
    found.set(handler, contracts.set(contract, { input, output, skips }));
  }
  return [...found]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([handler, contracts]) => ({
      handler,
      contracts: Object.fromEntries([...contracts].sort(([a], [b]) => (a < b ? -1 : 1))),
    }));
}

/** Whether a function logs by MLflow's client, and therefore needs MLflow's API. */
export function tracksFromPython(functions: readonly FunctionSpec[]): boolean {
  return functions.some(({ python }) => python?.tracking !== undefined);
}
