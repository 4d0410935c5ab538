/** The CDK app: `cdk` runs it and reads the folder that it leaves. */
import { synthesise } from '../lib/cloud/synthesise';

synthesise({ outdir: process.env['CDK_OUTDIR'] ?? 'cdk.out' }).catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
});
