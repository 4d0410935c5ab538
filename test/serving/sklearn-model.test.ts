/** Real models of MLflow behind an endpoint, and in the server of images; `npm run check:python-models` brings the packages. */
import '../support/quiet-telemetry';
import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { answerRequest } from '../../lib/serving/answer-request';
import { deployVersion, rollbackEndpoint } from '../../lib/serving/change-endpoint';
import type { Fields } from '../../lib/serving/read-records';
import { describeWithPython } from '../support/python-functions';
import { startPythonModelsCloud, type PythonModelsCloud } from '../support/python-models-cloud';

const ROOT = join(__dirname, '..', '..');
const PYTHON = process.env['MILLRACE_PYTHON'] ?? 'python3';

interface Expected {
  readonly records: readonly Fields[];
  readonly sklearn: readonly string[];
  readonly own: readonly Fields[];
}
type Body = Readonly<Record<string, unknown>>;

describeWithPython(
  'models that MLflow logged',
  () => {
    let folder: string;
    let expected: Expected;
    beforeAll(() => {
      folder = mkdtempSync(join(tmpdir(), 'millrace-logged-'));
      const script = join(ROOT, 'test', 'peer', 'log_models.py');
      const { status, stderr } = spawnSync(
        PYTHON,
        [script, join(ROOT, 'data', 'german_credit.csv'), folder],
        { encoding: 'utf8' },
      );
      if (status !== 0) throw new Error(stderr);
      expected = JSON.parse(readFileSync(join(folder, 'expected.json'), 'utf8')) as Expected;
    }, 120_000);
    afterAll(() => rmSync(folder, { recursive: true, force: true }));

    describe('behind an endpoint', () => {
      let at: PythonModelsCloud;
      beforeAll(async () => {
        process.env['MILLRACE_PYTHON'] = PYTHON;
        at = await startPythonModelsCloud();
      });
      afterAll(async () => at.stop());

      const ask = async (endpoint: string, action: string, body?: object) => {
        const answer = await answerRequest(
          {
            method: body === undefined ? 'GET' : 'POST',
            path: `/endpoints/${endpoint}/${action}`,
            headers: {},
            body: JSON.stringify(body) ?? '',
            id: `r${Math.random()}`,
          },
          { objects: at.objects, now: Date.now },
        );
        return { status: answer.status, body: answer.body as Body, failure: answer.failure };
      };
      const deploy = async (name: string, from: string) =>
        deployVersion({
          endpoint: name,
          model: name,
          version: await at.register(name, join(folder, from)),
          strategy: { kind: 'all-at-once' },
          by: 'test',
          reason: 'test',
        });

      it("gives MLflow's own predictions, and names the version", async () => {
        await deploy('risk', 'sklearn');
        const { status, body } = await ask('risk', 'predict', { records: expected.records });
        expect({ status, version: body['version'] }).toEqual({ status: 200, version: '1' });
        expect(body['predictions']).toEqual(expected.sklearn.map((prediction) => ({ prediction })));
        const one = await ask('risk', 'invocations', { instances: expected.records.slice(0, 1) });
        expect(one.body['predictions']).toEqual([{ prediction: expected.sklearn[0] }]);
        const bad = await ask('risk', 'predict', { record: { ...expected.records[0], age_years: 'old' } });
        expect(bad.status).toBe(400);
        expect((await ask('risk', 'version')).body).toMatchObject({
          signature: {
            inputs: expect.arrayContaining([{ name: 'purpose', type: 'string', required: true }]) as unknown,
          },
        });
      }, 60_000);

      it('goes over to another version and back', async () => {
        await deploy('risk', 'own');
        await new Promise((resolve) => setTimeout(resolve, 1_100));
        const over = await ask('risk', 'predict', { records: expected.records });
        expect(over.body).toMatchObject({ version: '2', predictions: expected.own });
        await rollbackEndpoint({ endpoint: 'risk', by: 'test', reason: 'worse' });
        await new Promise((resolve) => setTimeout(resolve, 1_100));
        expect((await ask('risk', 'predict', { records: expected.records })).body['version']).toBe('1');
      }, 60_000);
    });

    describe('in the server of images', () => {
      const PORT = 30_000 + (process.pid % 20_000);
      const url = `http://127.0.0.1:${PORT}`;
      let server: ChildProcess;
      beforeAll(async () => {
        server = spawn(
          PYTHON,
          [join(ROOT, 'lambdas', 'serve-python', 'server.py'), join(folder, 'sklearn')],
          {
            stdio: 'ignore',
            env: {
              ...process.env,
              MILLRACE_PORT: String(PORT),
              MILLRACE_HOST: '127.0.0.1',
              MILLRACE_MODEL: 'risk',
              MILLRACE_VERSION: '7',
              PYTHONDONTWRITEBYTECODE: '1',
            },
          },
        );
        for (let i = 0; i < 300; i++) {
          if (
            await fetch(`${url}/ping`).then(
              (answer) => answer.ok,
              () => false,
            )
          )
            return;
          await new Promise((resolve) => setTimeout(resolve, 100));
        }
        throw new Error('The server does not come up.');
      }, 60_000);
      afterAll(() => server.kill());

      const post = async (path: string, body: unknown, headers: Record<string, string> = {}) => {
        const answer = await fetch(`${url}${path}`, {
          method: 'POST',
          headers: { 'content-type': 'application/json', ...headers },
          body: typeof body === 'string' ? body : JSON.stringify(body),
        });
        return { status: answer.status, headers: answer.headers, body: (await answer.json()) as Body };
      };

      it('answers all routes below any path, with the version', async () => {
        const predictions = expected.sklearn.map((prediction) => ({ prediction }));
        for (const path of ['/predict', '/endpoints/risk/predict'])
          expect((await post(path, { records: expected.records })).body).toEqual({
            predictions,
            model: 'risk',
            version: '7',
          });
        const names = Object.keys(expected.records[0] ?? {});
        const split = { columns: names, data: expected.records.map((record) => Object.values(record)) };
        const forms = [
          { dataframe_split: split },
          { dataframe_records: expected.records },
          { instances: expected.records },
          {
            inputs: Object.fromEntries(
              names.map((name) => [name, expected.records.map((record) => record[name])]),
            ),
          },
        ];
        for (const form of forms) {
          const { status, headers, body } = await post('/invocations', form, { 'x-request-id': 'order-1' });
          expect({ status, version: headers.get('x-millrace-model-version') }).toEqual({
            status: 200,
            version: '7',
          });
          expect(body).toMatchObject({ predictions, request: 'order-1' });
        }
        const version = await fetch(`${url}/version`);
        expect(await version.json()).toMatchObject({ model: 'risk', version: '7' });
      });

      it('takes what SageMaker says by its attribute', async () => {
        const asked = (action: string, body: object) =>
          post('/invocations', body, { 'x-amzn-sagemaker-custom-attributes': `millrace-action=${action}` });
        expect((await asked('ping', {})).body).toEqual({ status: 'ok', model: 'risk', version: '7' });
        expect((await asked('predict', { record: expected.records[0] })).status).toBe(200);
      });

      it('refuses what it cannot take, and goes on', async () => {
        const { body, status } = await post('/predict', {
          records: [{ ...expected.records[0], age_years: 'old' }],
        });
        expect({ status, problems: body['problems'] }).toMatchObject({
          status: 400,
          problems: [{ field: 'age_years', problem: 'mistyped', row: 0 }],
        });
        expect((await post('/predict', 'a,b', { 'content-type': 'text/csv' })).status).toBe(415);
        expect((await post('/explain', {})).status).toBe(404);
        expect((await fetch(`${url}/predict`)).status).toBe(405);
        expect((await fetch(`${url}/ping`)).status).toBe(200);
      });

      it('loses no request of many at once', async () => {
        const answers = await Promise.all(
          Array.from({ length: 40 }, (_, i) => post('/predict', { record: expected.records[i % 20] })),
        );
        answers.forEach(({ body }, i) =>
          expect(body['predictions']).toEqual([{ prediction: expected.sklearn[i % 20] }]),
        );
      });
    });
  },
  'mlflow',
  'sklearn',
);
