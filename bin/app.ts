/** The CDK app: `cdk` runs it and reads the folder that it leaves. */
import { synthesise } from '../lib/cloud/synthesise';

// The CDK runs it where the project's `cdk.json` is, which is not here when millrace is a package of that project.
synthesise({ outdir: process.env['CDK_OUTDIR'] ?? 'cdk.out', projectRoot: process.cwd() }).catch(
  (error: unknown) => {
    console.error(error instanceof Error ? error.message : error);
    process.exitCode = 1;
  },
);
