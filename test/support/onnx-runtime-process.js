// Reads { model, raw } from standard input, writes the last output (probabilities or predictions) as JSON.
'use strict';
const ort = require('onnxruntime-web');
const { readFileSync } = require('node:fs');

async function main() {
  const { model, raw } = JSON.parse(readFileSync(0, 'utf8'));
  ort.env.wasm.numThreads = 1;
  const session = await ort.InferenceSession.create(Buffer.from(model, 'base64'));
  const feeds = {};
  for (const { name, kind, values } of raw) {
    const shape = [values.length, 1];
    feeds[name] =
      kind === 'number'
        ? new ort.Tensor('float32', Float32Array.from(values, (value) => value ?? Number.NaN), shape)
        : new ort.Tensor('string', values.map((value) => value ?? ''), shape); // prettier-ignore
  }
  const results = await session.run(feeds);
  process.stdout.write(JSON.stringify(Array.from(results[session.outputNames.at(-1)].data)));
}

main().then(
  () => process.exit(0),
  (error) => {
    console.error(error);
    process.exit(1);
  },
);
