// Reads [{ model, raw }] from standard input, writes [{ labels, values }]: of each row the label, and the probabilities or the prediction.
'use strict';
const ort = require('onnxruntime-web');
const { readFileSync } = require('node:fs');

async function score({ model, raw }) {
  const session = await ort.InferenceSession.create(Buffer.from(model, 'base64'));
  const feeds = {};
  for (const { name, kind, values } of raw) {
    const shape = raw.length === 1 ? [values.length, 1] : [values.length];
    const { type } = session.inputMetadata.find((input) => input.name === name) ?? {};
    feeds[name] =
      type === 'int64'
        ? new ort.Tensor('int64', BigInt64Array.from(values, BigInt), shape)
        : kind === 'number'
          ? new ort.Tensor('float32', Float32Array.from(values, (value) => value ?? Number.NaN), shape)
          : new ort.Tensor('string', values.map((value) => value ?? ''), shape); // prettier-ignore
  }
  const results = await session.run(feeds);
  const names = session.outputNames.filter((name) => name !== 'label');
  const columns = names.map((name) => results[name].data);
  const rowMajor = Array.from(columns[0], (_, row) => columns.map((column) => column[row])).flat();
  return { labels: results.label?.data, values: rowMajor };
}

async function main() {
  ort.env.wasm.numThreads = 1;
  const answers = [];
  for (const one of JSON.parse(readFileSync(0, 'utf8'))) answers.push(await score(one));
  process.stdout.write(JSON.stringify(answers));
}

main().then(
  () => process.exit(0),
  (error) => {
    console.error(error);
    process.exit(1);
  },
);
