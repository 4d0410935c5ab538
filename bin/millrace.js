#!/usr/bin/env node
'use strict';
// Plain JavaScript so that node can start it; tsx is found beside this file, whatever the working directory is.
require('tsx/cjs/api').register();
require('./millrace.ts');
