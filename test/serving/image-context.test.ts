/** What an image is built from. `UPDATE_SOURCES=1` writes lib/serving/image-sources.ts anew. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { imageContext } from '../../lib/serving/image-context';
import { IMAGE_SOURCES } from '../../lib/serving/image-sources';

const ROOT = join(__dirname, '..', '..');
const NAMES = ['forms.py', 'scoring.py', 'server.py'];

it('the server in it is that of lambdas/serve-python', () => {
  const sources = Object.fromEntries(
    NAMES.map((name) => [name, readFileSync(join(ROOT, 'lambdas', 'serve-python', name), 'utf8')]),
  );
  if (process.env['UPDATE_SOURCES'] === '1')
    writeFileSync(
      join(ROOT, 'lib', 'serving', 'image-sources.ts'),
      `/** Files of lambdas/serve-python, for images. Generated: UPDATE_SOURCES=1 npx jest test/serving/image-context */\nexport const IMAGE_SOURCES: Readonly<Record<string, string>> = ${JSON.stringify(sources, null, 2)};\n`,
    );
  else expect(IMAGE_SOURCES).toEqual(sources);
});

const model = (mlmodel: string, more: readonly string[] = []) => [
  { path: 'MLmodel', body: Buffer.from(mlmodel) },
  ...more.map((path) => ({ path, body: Buffer.from('x') })),
];
const dockerfile = (given: Parameters<typeof imageContext>[0]) =>
  Buffer.from(imageContext(given).find(({ path }) => path === 'Dockerfile')!.body).toString('utf8');
const given = { name: 'churn', version: '3', buildArgs: {}, labels: {} };

it('has the Python and the requirements of the model, and a user that is not root', () => {
  const text = dockerfile({
    ...given,
    model: model('flavors:\n  python_function:\n    python_version: 3.12.4\n', ['requirements.txt']),
    buildArgs: { PIP_INDEX_URL: 'https://pypi.example.com/simple' },
    labels: { 'org.opencontainers.image.version': '3' },
  });
  expect(text.split('\n')).toEqual([
    'ARG BASE_IMAGE=python:3.12-slim',
    'FROM ${BASE_IMAGE}',
    'ARG PIP_INDEX_URL="https://pypi.example.com/simple"',
    'LABEL org.opencontainers.image.version="3"',
    'COPY model/requirements.txt /opt/ml/model/requirements.txt',
    'RUN pip install --no-cache-dir -r /opt/ml/model/requirements.txt',
    '# The server needs MLflow, which not every list of requirements has.',
    'RUN python -c "import mlflow, pandas" || pip install --no-cache-dir mlflow-skinny pandas',
    'COPY server /opt/millrace',
    'COPY model /opt/ml/model',
    'ENV MILLRACE_MODEL="churn" MILLRACE_VERSION="3" PYTHONUNBUFFERED=1',
    'RUN useradd --system --uid 10001 serve',
    '# By number: Kubernetes has to see that it is not root.',
    'USER 10001',
    'EXPOSE 8080',
    'ENTRYPOINT ["python", "/opt/millrace/server.py"]',
    'CMD ["/opt/ml/model"]',
    '',
  ]);
});

it('takes another base image, and a model without requirements', () => {
  const text = dockerfile({
    ...given,
    model: model('flavors: {}\n'),
    baseImage: 'registry.example.com/base:1',
  });
  expect(text).toContain('ARG BASE_IMAGE=registry.example.com/base:1\n');
  expect(text).not.toContain('requirements.txt');
  const paths = imageContext({ ...given, model: model('flavors: {}\n', ['data/model.pkl']) }).map(
    ({ path }) => path,
  );
  expect(paths).toEqual([
    'model/MLmodel',
    'model/data/model.pkl',
    'server/forms.py',
    'server/scoring.py',
    'server/server.py',
    'Dockerfile',
  ]);
});
