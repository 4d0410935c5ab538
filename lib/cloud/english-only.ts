/**
 * Zod carries its messages in some fifty languages, a third of a handler. Bundles keep English, which is the one that
 * Zod sets by itself.
 */
import type { Plugin } from 'esbuild';

export const englishOnly: Plugin = {
  name: 'english-only',
  setup(build) {
    build.onLoad({ filter: /[\\/]zod[\\/]v4[\\/]locales[\\/]index\.c?js$/ }, ({ path }) => ({
      contents: path.endsWith('.cjs')
        ? "exports.en = require('./en.cjs').default;"
        : "export { default as en } from './en.js';",
      loader: 'js',
    }));
  },
};
