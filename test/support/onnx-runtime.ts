/** ONNX Runtime as an independent judge of model files. It runs in a process of its own: its WASM needs `import()`, which a jest module has not. */
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import type { RawColumn } from '../../lib/ml/raw-column';

/** Row-major probabilities, shape [rows × classes], or the predictions of a regression. */
export function onnxRuntimeProbabilities(model: Buffer, raw: readonly RawColumn[]): number[] {
  return onnxRuntime(model, raw).values;
}

/** Also the label of each row, of a classifier. */
export function onnxRuntime(
  model: Buffer,
  raw: readonly RawColumn[],
): { readonly labels?: string[]; readonly values: number[] } {
  return onnxRuntimeEach([{ model, raw }])[0]!;
}

/** Several models in one process, which takes a second to start. */
export function onnxRuntimeEach(
  cases: readonly { readonly model: Buffer; readonly raw: readonly RawColumn[] }[],
): { readonly labels?: string[]; readonly values: number[] }[] {
  const answer = execFileSync(process.execPath, [join(__dirname, 'onnx-runtime-process.js')], {
    input: JSON.stringify(cases.map(({ model, raw }) => ({ model: model.toString('base64'), raw }))),
    maxBuffer: 64 * 1024 * 1024,
  });
  return JSON.parse(answer.toString('utf8')) as ReturnType<typeof onnxRuntimeEach>;
}
