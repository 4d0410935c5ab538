// States of tests are removed after them: nothing waits for a disk. A killed process loses nothing all the same.
'use strict';
process.env.MILLRACE_FLUSH ??= 'never';
// Many tests synthesise the same handlers.
process.env.MILLRACE_BUNDLE_CACHE ??= require('node:path').join(
  __dirname,
  '../../node_modules/.cache/millrace/bundles',
);
