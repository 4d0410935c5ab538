/** Models of MLflow's flavour python_function behind endpoints. Those of scikit-learn are scored by `npm run check:python-models`. */
import '../support/quiet-telemetry';
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { answerRequest, type ServingAnswer } from '../../lib/serving/answer-request';
import { columnsOf } from '../../lib/serving/check-records';
import { deployVersion } from '../../lib/serving/change-endpoint';
import { readInvocationsBody, readPredictBody, type Fields } from '../../lib/serving/read-records';
import { RequestRefused } from '../../lib/serving/request-refused';
import type { SignatureField } from '../../lib/serving/signature';
import { describeWithPython } from '../support/python-functions';
import { startPythonModelsCloud, type PythonModelsCloud } from '../support/python-models-cloud';

const PYTHON = process.env['MILLRACE_PYTHON'] ?? 'python3';
const SERVE = join(__dirname, '..', '..', 'lambdas', 'serve-python');
const FIELDS: readonly SignatureField[] = [
  { name: 'age', type: 'long', required: true },
  { name: 'income', type: 'double', required: true },
  { name: 'city', type: 'string', required: false },
  { name: 'member', type: 'boolean', required: true },
];
const MLMODEL = `flavors:
  python_function:
    loader_module: somewhere
    python_version: 3.11.0
signature:
  inputs: '${JSON.stringify(FIELDS)}'
  outputs: '[{"type": "tensor", "tensor-spec": {"dtype": "int64", "shape": [-1]}}]'
`;
const GOOD = { age: 30, income: 1000.5, city: 'Bonn', member: true };

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'millrace-model-'));
  mkdirSync(join(folder, 'data'));
  writeFileSync(join(folder, 'MLmodel'), MLMODEL);
  writeFileSync(join(folder, 'requirements.txt'), 'not-a-package==9.9\n');
  writeFileSync(join(folder, 'data', 'model.bin'), 'x');
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function ask(at: PythonModelsCloud, endpoint: string, body: object): Promise<ServingAnswer> {
  const id = `r${Math.random()}`;
  const request = { method: 'POST', path: `/endpoints/${endpoint}/predict`, headers: {}, id };
  return answerRequest({ ...request, body: JSON.stringify(body) }, { objects: at.objects, now: Date.now });
}

async function deploy(at: PythonModelsCloud, name: string): Promise<void> {
  const version = await at.register(name, folder);
  await deployVersion({
    endpoint: name,
    model: name,
    version,
    strategy: { kind: 'all-at-once' },
    by: 'test',
    reason: 'test',
  });
}

describe('an endpoint with a model for Python', () => {
  it('says what to deploy where the stage has no function for it, after it has checked the request', async () => {
    const at = await startPythonModelsCloud({ withFunction: false });
    await deploy(at, 'lonely');
    const refused = await ask(at, 'lonely', { records: [{ ...GOOD, age: 'old' }] });
    expect(refused).toMatchObject({
      status: 400,
      body: { problems: [{ field: 'age', problem: 'mistyped' }] },
    });
    const { status, body } = await ask(at, 'lonely', { records: [GOOD] });
    expect(status).toBe(503);
    expect(body).toMatchObject({
      error: expect.stringContaining('-c serving-targets=python') as unknown,
      version: '1',
    });
    await at.stop();
  }, 20_000);

  it('says that Python is missing on this machine', async () => {
    const before = process.env['MILLRACE_PYTHON'];
    process.env['MILLRACE_PYTHON'] = '/nowhere/python3';
    const at = await startPythonModelsCloud();
    await deploy(at, 'without');
    const { status, body } = await ask(at, 'without', { record: GOOD });
    expect(status).toBe(503);
    expect((body as { error: string }).error).toMatch(/need Python 3\.10.*MILLRACE_PYTHON/);
    await at.stop();
    if (before === undefined) delete process.env['MILLRACE_PYTHON'];
    else process.env['MILLRACE_PYTHON'] = before;
  }, 20_000);
});

describeWithPython('with Python', () => {
  it('an endpoint says which packages a model was logged with that are not here', async () => {
    const before = process.env['MILLRACE_PYTHON'];
    process.env['MILLRACE_PYTHON'] = PYTHON;
    const at = await startPythonModelsCloud();
    await deploy(at, 'unlike');
    const { status, body } = await ask(at, 'unlike', { record: GOOD });
    expect(status).toBe(503);
    expect((body as { error: string }).error).toContain('not-a-package==9.9 (here: none)');
    await at.stop();
    if (before === undefined) delete process.env['MILLRACE_PYTHON'];
  }, 20_000);

  const forms = (code: string, input: unknown): unknown => {
    const { stdout, stderr } = spawnSync(PYTHON, ['-c', `import json, sys, forms\n${code}`], {
      cwd: SERVE,
      input: JSON.stringify(input),
      encoding: 'utf8',
      env: { ...process.env, PYTHONDONTWRITEBYTECODE: '1' },
    });
    if (stdout === '') throw new Error(stderr);
    return JSON.parse(stdout) as unknown;
  };
  const TELL = `
given = json.load(sys.stdin)
told = []
for body in given["bodies"]:
    try:
        records = (forms.predict_records if given["predict"] else forms.invocation_records)(body)
        forms.check(records, given["fields"])
        told.append(records)
    except forms.RequestRefused as error:
        told.append([error.status, [[one["field"], one["row"], one["problem"]] for one in error.problems]])
json.dump(told, sys.stdout)
`;
  const told = (read: (text: string) => Fields[], text: string): unknown => {
    try {
      const records = read(text);
      columnsOf(records, { inputs: FIELDS, outputs: [] });
      return records;
    } catch (error) {
      if (!(error instanceof RequestRefused)) throw error;
      return [error.status, error.problems.map(({ field, row, problem }) => [field, row, problem])];
    }
  };
  const records = [
    GOOD,
    { ...GOOD, city: null },
    { ...GOOD, income: null },
    { age: 30, income: 1, member: false },
    {},
    { ...GOOD, age: null },
    { ...GOOD, age: 1.5 },
    { ...GOOD, age: 2 ** 60 },
    { ...GOOD, age: true },
    { ...GOOD, income: 'much' },
    { ...GOOD, income: 1e39 },
    { ...GOOD, member: 1 },
    { ...GOOD, city: 7 },
    { ...GOOD, city: 'x'.repeat(20_000) },
    { ...GOOD, city: ['Bonn'] },
    { ...GOOD, shoe: 44 },
    { ...GOOD, age: {}, income: [] },
  ];

  it('the server of images takes and refuses what the function does: single fields', () => {
    const bodies = [
      ...records.map((record) => JSON.stringify({ records: [GOOD, record] })),
      JSON.stringify({ record: GOOD }),
      `{"record": ${JSON.stringify(GOOD).replace('1000.5', 'NaN')}}`,
      `{"record": ${JSON.stringify(GOOD).replace('1000.5', '-Infinity')}}`,
      `{"record": ${JSON.stringify(GOOD).replace('1000.5', '1e999')}}`,
      '{"records": [',
      '[]',
      '{"records": []}',
      '{"records": {}}',
      '{"records": [1]}',
      '{"rows": []}',
      JSON.stringify({ records: Array.from({ length: 10_001 }, () => ({})) }),
    ];
    expect(forms(TELL, { bodies, fields: FIELDS, predict: true })).toEqual(
      bodies.map((body) => told(readPredictBody, body)),
    );
  });

  it("the server of images takes and refuses what the function does: MLflow's forms", () => {
    const names = Object.keys(GOOD);
    const bodies = [
      { dataframe_split: { columns: names, data: [Object.values(GOOD)] } },
      { dataframe_records: [GOOD] },
      { instances: [GOOD] },
      { inputs: Object.fromEntries(Object.entries(GOOD).map(([name, value]) => [name, [value]])) },
      { inputs: GOOD },
      { inputs: [GOOD] },
      { inputs: { ...GOOD, age: [1, 2] } },
      { instances: [GOOD], inputs: [GOOD] },
      { dataframe_split: { columns: ['age', 'age'], data: [] } },
      { dataframe_split: { columns: names, data: [[1]] } },
      { dataframe_split: { data: [[1]] } },
      { dataframe_split: 7 },
      { instances: [[1, 2]] },
      {},
    ].map((body) => JSON.stringify(body));
    expect(forms(TELL, { bodies, fields: FIELDS, predict: false })).toEqual(
      bodies.map((body) => told(readInvocationsBody, body)),
    );
  });
});
