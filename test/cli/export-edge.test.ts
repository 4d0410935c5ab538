/** Exports for devices, scored by ONNX Runtime for browsers. */
import { appendFileSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { s3Client } from '../../lib/aws/clients/s3';
import { ObjectStore } from '../../lib/aws/object-store';
import type { RawColumn } from '../../lib/ml/raw-column';
import { columnsOf } from '../../lib/serving/check-records';
import type { EdgeMetadata } from '../../lib/serving/edge-export';
import { readCurrent } from '../../lib/serving/edge-folder';
import { promote } from '../../lib/tracking/promotion';
import { onnxRuntimeEach } from '../support/onnx-runtime';
import { registerCreditModel } from '../support/registered-model';
import { startTrackingEndpoint, type TrackingEndpoint } from '../support/tracking-endpoint';

let millrace: TrackingEndpoint;
let out: string;
beforeAll(async () => {
  millrace = await startTrackingEndpoint();
  await registerCreditModel('credit');
  await registerCreditModel('credit', { rows: 500 });
  await promote({
    name: 'credit',
    version: '1',
    alias: 'champion',
    archiveExisting: false,
    reason: 'x',
    by: 'x',
  });
}, 30_000);
afterAll(async () => millrace.stop());
beforeEach(() => {
  out = mkdtempSync(join(tmpdir(), 'millrace-edge-'));
});
afterEach(() => rmSync(out, { recursive: true, force: true }));

const exported = (what: string) => millrace.run('export-edge', what, '--out', out);
const back = () => millrace.run('export-edge', '--back', '--out', out);
const pathOf = () => join(out, readCurrent(out)?.path ?? '');
const metadata = () => JSON.parse(readFileSync(join(pathOf(), 'metadata.json'), 'utf8')) as EdgeMetadata;

it('writes what ONNX Runtime for browsers scores as the metadata says', async () => {
  const cases: {
    model: Buffer;
    raw: RawColumn[];
    golden: EdgeMetadata['golden'];
    classes: readonly string[];
  }[] = [];
  for (const [what, version] of [
    ['credit@champion', '1'],
    ['credit@2', '2'],
  ] as const) {
    expect((await exported(what)).stdout).toContain(`Version ${version} of credit is in `);
    const { golden, signature, classes, ...about } = metadata();
    expect(about).toMatchObject({ model: 'credit', version, algorithm: 'logistic-regression' });
    expect(about.inputs.map(({ name }) => name)).toEqual(signature.inputs.map(({ name }) => name));
    expect(golden.records.length).toBeGreaterThan(2);
    const model = readFileSync(join(pathOf(), 'model.onnx'));
    cases.push({ model, raw: columnsOf(golden.records, signature), golden, classes });
  }
  onnxRuntimeEach(cases).forEach(({ labels, values }, i) => {
    const { golden, classes } = cases[i]!;
    expect(labels).toEqual(golden.predictions.map(({ label }) => label));
    golden.predictions.forEach((prediction, row) =>
      classes.forEach((label, c) =>
        expect(values[row * classes.length + c]).toBeCloseTo(Number(prediction[`probability_${label}`]), 5),
      ),
    );
  });
}, 60_000);

it('changes nothing for the same version, and goes back to the one before', async () => {
  await exported('credit@1');
  const first = readFileSync(join(out, 'current.json'), 'utf8');
  expect((await exported('credit@champion')).stdout).toContain('has already');
  expect(readFileSync(join(out, 'current.json'), 'utf8')).toBe(first);
  await exported('credit@2');
  expect(readCurrent(out)).toMatchObject({ version: '2', previous: [{ version: '1' }] });
  expect((await back()).stdout).toContain('Version 1 of credit counts again');
  expect(readCurrent(out)).toMatchObject({ version: '1', previous: [] });
  expect(metadata().version).toBe('1');
  const none = await back();
  expect({ code: none.code, stderr: none.stderr }).toMatchObject({
    code: 1,
    stderr: expect.stringContaining('none to go back to') as unknown,
  });
});

it('goes back to nothing that has been changed, and writes a damaged export anew', async () => {
  await exported('credit@1');
  const damaged = join(pathOf(), 'model.onnx');
  appendFileSync(damaged, 'x');
  expect((await exported('credit@1')).stdout).toContain('Version 1 of credit is in');
  expect((await exported('credit@1')).stdout).toContain('has already');
  await exported('credit@2');
  appendFileSync(damaged, 'x');
  const { code, stderr } = await back();
  expect(code).toBe(1);
  expect(stderr).toContain('another checksum');
  expect(readCurrent(out)?.version).toBe('2');
});

it('refuses what is no version, another model, and a file that is not what was registered', async () => {
  expect((await exported('credit')).code).toBe(2);
  expect((await exported('credit@9')).code).toBe(2);
  expect((await exported('credit@nobody')).stderr).toContain("alias 'nobody'");
  await exported('credit@1');
  await registerCreditModel('other');
  const other = await exported('other@1');
  expect({ code: other.code, stderr: other.stderr }).toMatchObject({
    code: 1,
    stderr: expect.stringContaining('has exports of credit') as unknown,
  });
  const { folder } = await registerCreditModel('other', { rows: 300 });
  await new ObjectStore(s3Client(), 'millrace-test-data').putBytes(`${folder}model.onnx`, 'something else');
  const tampered = await exported('other@2');
  expect(tampered.stderr).toContain('checksum');
  writeFileSync(join(out, 'current.json'), 'no json');
  expect((await exported('credit@1')).stderr).toContain('damaged');
  expect(readdirSync(out).filter((name) => name.includes('.part'))).toEqual([]);
});
