#!/usr/bin/env node
'use strict';
// Plain JavaScript so that node can start it; tsx is found beside this file, whatever the working directory is.
// package.json says which Node is needed; the AWS SDK's outlook on later ones would bury what a command has to say.
process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED ??= 'true';
require('tsx/cjs/api').register();
require('./millrace.ts');
