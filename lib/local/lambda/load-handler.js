// Loads the bundle of a function. V8 keeps what it compiled of it in a file beside the state: the next process of the same
// bundle starts with that, which saves more than half of the time that loading takes.
'use strict';
const { createHash, randomUUID } = require('node:crypto');
const fs = require('node:fs');
const Module = require('node:module');
const path = require('node:path');
const v8 = require('node:v8');
const vm = require('node:vm');

/** A folder of this name holds what its name says: what was compiled of one is right for every other. */
const BY_CONTENT = /^asset\.([0-9a-f]{64})$/;
/** Scripts from kept code have no `import()`; bundles that millrace makes have none. */
const DYNAMIC_IMPORT = /\bimport\(/;
/** Of the digest in front of what V8 compiled. */
const DIGEST_BYTES = 16;

/**
 * @param {string} file of the bundle, without `.js`
 * @param {string | undefined} cacheDirectory where compiled code is kept; nothing is without one
 * @returns {{ exports: object, keep: () => void }} what the bundle exports; `keep` writes what was compiled, once
 */
function loadHandler(file, cacheDirectory) {
  const source = `${file}.js`;
  const content = BY_CONTENT.exec(path.basename(path.dirname(source)))?.[1];
  const plain = () => ({ exports: require(file), keep: () => {} });
  if (cacheDirectory === undefined || content === undefined || !fs.existsSync(source)) return plain();
  const text = fs.readFileSync(source, 'utf8');
  if (DYNAMIC_IMPORT.test(text)) return plain();
  // The tag changes with the version of V8 and its flags.
  const kept = path.join(cacheDirectory, `${content}-${v8.cachedDataVersionTag()}.bin`);
  const cachedData = read(kept);
  const script = new vm.Script(Module.wrap(text), {
    filename: source,
    // Columns are counted from the bundle's own first one.
    columnOffset: -Module.wrapper[0].length,
    cachedData,
  });
  // Node knows the source maps of modules only: an empty one of the same name makes it read that of the bundle.
  if (script.sourceMapURL)
    new Module(source)._compile(`\n//# sourceMappingURL=${script.sourceMapURL}`, source);
  const module = new Module(source);
  module.filename = source;
  module.paths = Module._nodeModulePaths(path.dirname(source));
  const run = script.runInThisContext();
  run.call(
    module.exports,
    module.exports,
    Module.createRequire(source),
    module,
    source,
    path.dirname(source),
  );
  let pending = cachedData === undefined || script.cachedDataRejected === true;
  const keep = () => {
    if (!pending) return;
    pending = false;
    write(kept, script.createCachedData());
  };
  return { exports: module.exports, keep };
}

function read(file) {
  try {
    const bytes = fs.readFileSync(file);
    const data = bytes.subarray(DIGEST_BYTES);
    return digestOf(data).equals(bytes.subarray(0, DIGEST_BYTES)) ? data : undefined;
  } catch {
    return undefined;
  }
}

/** Another process may do the same at the same time: each writes a file of its own and gives it the name. */
function write(file, data) {
  const own = `${file}.${randomUUID()}`;
  try {
    fs.mkdirSync(path.dirname(file), { recursive: true });
    fs.writeFileSync(own, Buffer.concat([digestOf(data), data]));
    fs.renameSync(own, file);
  } catch {
    // Without room for it the next process compiles again.
    fs.rmSync(own, { force: true });
  }
}

function digestOf(data) {
  return createHash('md5').update(data).digest();
}

module.exports = { loadHandler };
