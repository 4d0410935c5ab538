/** One process of the benchmark: `synth-millrace.ts <project> <outdir>`. */
import { synthesise } from '../../lib/cloud/synthesise';

const [projectRoot = '', outdir = ''] = process.argv.slice(2);
void synthesise({ projectRoot, outdir, validate: false });
