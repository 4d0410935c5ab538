/** Not the handler of a function: its bundle is the text that `node -e` runs in the container of a handler. */
import { runHandler } from '../../lib/runtime/jobs/container-entry';

runHandler(process.env).then(
  (code) => process.exit(code),
  (error: unknown) => {
    console.error(error);
    process.exit(1);
  },
);
