/**
 * Stands in for a handler that does not compile, in templates that are not for deployment: the other tasks of a
 * pipeline can then be worked on locally. Invoking it fails with what the compiler said.
 */
import { createHash } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { HandlerBundle } from './bundle-handlers';
import { describeFailure, type Failure } from './failure';

/** The bundle of a handler's folder, e.g. `lambdas/begin`. */
export type BundleOf = (handler: string) => HandlerBundle;

export function stubBundle(handler: string, failure: Failure, outdir: string): HandlerBundle {
  const message = JSON.stringify(describeFailure(failure));
  const code = `exports.handler=async()=>{throw Object.assign(new Error(${message}),{name:'Millrace.HandlerNotBuilt'})};\n`;
  const directory = join(outdir, handler);
  mkdirSync(directory, { recursive: true });
  writeFileSync(join(directory, 'index.js'), code);
  const codeHash = createHash('sha256').update(code).digest('hex');
  return { handler, directory, codeHash, assetHash: codeHash, bytes: code.length };
}
