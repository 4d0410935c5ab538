// States of tests are removed after them: nothing waits for a disk. A killed process loses nothing all the same.
'use strict';
process.env.MILLRACE_FLUSH ??= 'never';
