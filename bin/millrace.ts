import { main } from '../lib/cli/main';

/** Exit code of a program whose reader has gone, by convention. */
const SIGPIPE = 141;

// Whoever reads has had enough, as `head` has: there is nothing more to say.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
  process.exit(process.exitCode ?? SIGPIPE);
});

void main(process.argv).then((code) => {
  process.exitCode = code;
});
