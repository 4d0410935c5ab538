/** The build context of an image that serves one version: Dockerfile, model folder, and the server in Python. */
import type { ImageFile } from './oci-layout';
import { IMAGE_SOURCES } from './image-sources';

/** Where SageMaker and the Dockerfile look for it. */
export const MODEL_DIRECTORY = 'opt/ml/model';
const SERVER_DIRECTORY = 'opt/millrace';
const DEFAULT_PYTHON = '3.11';

export interface ImageContext {
  readonly model: readonly ImageFile[];
  /** Name and version, as the server tells them. */
  readonly name: string;
  readonly version: string;
  /** @default the slim image of the Python that the model was logged with */
  readonly baseImage?: string | undefined;
  readonly buildArgs: Readonly<Record<string, string>>;
  readonly labels: Readonly<Record<string, string>>;
}

export function imageContext(context: ImageContext): ImageFile[] {
  return [
    ...context.model.map(({ path, body }) => ({ path: `model/${path}`, body })),
    ...Object.entries(IMAGE_SOURCES).map(([name, text]) => ({
      path: `server/${name}`,
      body: Buffer.from(text),
    })),
    { path: 'Dockerfile', body: Buffer.from(dockerfile(context)) },
  ];
}

/** Answers on port 8080, as SageMaker asks of a container, and as targets on ECS and Kubernetes expect. */
function dockerfile({ model, name, version, baseImage, buildArgs, labels }: ImageContext): string {
  const hasRequirements = model.some(({ path }) => path === 'requirements.txt');
  return [
    `ARG BASE_IMAGE=${baseImage ?? `python:${pythonOf(model)}-slim`}`,
    'FROM ${BASE_IMAGE}',
    ...Object.entries(buildArgs).map(([arg, value]) => `ARG ${arg}=${quoted(value)}`),
    ...Object.entries(labels).map(([label, value]) => `LABEL ${label}=${quoted(value)}`),
    ...(hasRequirements
      ? [
          `COPY model/requirements.txt /${MODEL_DIRECTORY}/requirements.txt`,
          `RUN pip install --no-cache-dir -r /${MODEL_DIRECTORY}/requirements.txt`,
        ]
      : []),
    '# The server needs MLflow, which not every list of requirements has.',
    'RUN python -c "import mlflow, pandas" || pip install --no-cache-dir mlflow-skinny pandas',
    `COPY server /${SERVER_DIRECTORY}`,
    `COPY model /${MODEL_DIRECTORY}`,
    `ENV MILLRACE_MODEL=${quoted(name)} MILLRACE_VERSION=${quoted(version)} PYTHONUNBUFFERED=1`,
    'RUN useradd --system --uid 10001 serve',
    '# By number: Kubernetes has to see that it is not root.',
    'USER 10001',
    'EXPOSE 8080',
    `ENTRYPOINT ["python", "/${SERVER_DIRECTORY}/server.py"]`,
    `CMD ["/${MODEL_DIRECTORY}"]`,
    '',
  ].join('\n');
}

/** Nothing in it is a variable of the Dockerfile. */
function quoted(value: string): string {
  return JSON.stringify(value).replaceAll('$', '\\$');
}

function pythonOf(model: readonly ImageFile[]): string {
  const mlmodel = model.find(({ path }) => path === 'MLmodel');
  const text = Buffer.from(mlmodel?.body ?? []).toString('utf8');
  return /^\s*python_version: '?"?(3\.\d+)/m.exec(text)?.[1] ?? DEFAULT_PYTHON;
}
