/** An app of the CDK as `cdk.json` sets it up, whose assembly lies in a folder of its own. */
import { mkdtempSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { App } from 'aws-cdk-lib';
import { readSettings, type Settings } from '../../../lib/cloud/settings';
import { ROOT } from '../../support/millrace';

const { context: FLAGS } = JSON.parse(readFileSync(join(ROOT, 'cdk.json'), 'utf8')) as {
  context: Record<string, unknown>;
};

export function appOf(
  scratch: string,
  context: Readonly<Record<string, unknown>>,
): { readonly app: App; readonly settings: Settings } {
  const app = new App({
    autoSynth: false,
    builtinCloudFormationValidation: false,
    analyticsReporting: false,
    outdir: mkdtempSync(join(scratch, 'out-')),
    context: { ...FLAGS, ...context },
  });
  return { app, settings: readSettings((key) => app.node.tryGetContext(key) as unknown) };
}
