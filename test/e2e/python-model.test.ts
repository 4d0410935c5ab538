/** A model that MLflow's client logged, deployed by a command and asked on the local port; `npm run check:python-models`. */
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { millraceIn, ROOT, startDev, type DevServer } from '../support/millrace';
import { describeWithPython } from '../support/python-functions';
import { temporaryProject } from '../support/temporary-project';

const run = promisify(execFile);
const PYTHON = process.env['MILLRACE_PYTHON'] ?? 'python3';
const CSV = join(ROOT, 'data', 'german_credit.csv');
const FIELDS = ['credit_amount', 'age_years', 'duration_months'];

describeWithPython(
  "a model that MLflow's client logged",
  () => {
    const project = temporaryProject({});
    const millrace = millraceIn(project.root, project.state);
    let dev: DevServer;
    beforeAll(async () => {
      process.env['MILLRACE_PYTHON'] = PYTHON;
      dev = await startDev(project.root, project.state);
    }, 120_000);
    afterAll(async () => {
      await dev.stop();
      project.remove();
    });

    it('answers on the local port as it does in Python', async () => {
      const { stdout } = await run(PYTHON, [join(ROOT, 'test', 'peer', 'log_to_millrace.py'), CSV, 'risk'], {
        env: { ...process.env, MLFLOW_TRACKING_URI: dev.url },
      });
      const expected = stdout.trim().split('\n').slice(-5);
      const deployed = await millrace('deploy-model', 'risk', '1', '--reason', 'first version');
      expect(deployed).toMatchObject({ code: 0, stdout: "'risk' serves version 1 of risk.\n" });
      const [head = '', ...lines] = readFileSync(CSV, 'utf8').trimEnd().split('\n');
      const names = head.split(',');
      const records = lines.slice(700, 705).map((line) => {
        const cells = line.split(',');
        return Object.fromEntries(FIELDS.map((name) => [name, Number(cells[names.indexOf(name)])]));
      });
      const answer = await fetch(`${dev.url}/_api/millrace-dev-serving/endpoints/risk/predict`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ records }),
      });
      expect(await answer.json()).toMatchObject({
        version: '1',
        predictions: expected.map((prediction) => ({ prediction })),
      });
    }, 180_000);
  },
  'mlflow',
  'pandas',
  'sklearn',
);
