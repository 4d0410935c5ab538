import { main } from '../lib/cli/main';

void main(process.argv).then((code) => {
  process.exitCode = code;
});
