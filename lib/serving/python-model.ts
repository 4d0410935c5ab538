/**
 * Models of MLflow's flavour python_function. Signature and checks are here; the predictions come from the function
 * `serve-python`, which has the packages.
 */
import { createHash } from 'node:crypto';
import { InvokeCommand } from '@aws-sdk/client-lambda';
import { lambdaClient } from '../aws/clients/lambda';
import { resourceNames } from '../aws/environment';
import type { ObjectStore } from '../aws/object-store';
import type { ModelVersion } from '../tracking/model-versions';
import { columnsOf } from './check-records';
import { modelFolderOf, type Prediction, type ScoredModel } from './model-folder';
import type { Fields } from './read-records';
import { RequestRefused } from './request-refused';
import { readInputs, UnservableModel } from './signature';

/** @throws UnservableModel when the folder has no such flavour or no signature by column */
export async function pythonModel(objects: ObjectStore, registered: ModelVersion): Promise<ScoredModel> {
  const { name: model, version } = registered;
  const folder = modelFolderOf(registered);
  const mlmodel = await objects.getText(`${folder}MLmodel`);
  if (!/^ {2}python_function:/m.test(mlmodel))
    throw new UnservableModel(
      `${folder} has neither model.onnx nor the flavour python_function: nothing here can score it. Log it by one of MLflow's flavours that have it (mlflow.sklearn, mlflow.pyfunc …).`,
    );
  const signature = { inputs: readInputs(mlmodel, `${folder}MLmodel`), outputs: [] };
  const prefix = folder.replace(/^s3:\/\/[^/]+\//, '');
  const files = (await objects.list(prefix)).map(({ key }) => key.slice(prefix.length));
  return {
    model,
    version,
    signature,
    sha256: createHash('sha256').update(mlmodel).digest('hex'),
    async predict(records) {
      // Everything that is wrong is told before Python is asked.
      columnsOf(records, signature);
      return ask({ model, version, folder, files, records });
    },
  };
}

interface Question {
  readonly model: string;
  readonly version: string;
  readonly folder: string;
  readonly files: readonly string[];
  readonly records: readonly Fields[];
}

async function ask(question: Question): Promise<Prediction[]> {
  const { stage } = resourceNames();
  const name = `millrace-${stage}-serve-python`;
  const about = `Version ${question.version} of ${question.model} is a model for Python`;
  const { Payload, FunctionError } = await lambdaClient()
    .send(new InvokeCommand({ FunctionName: name, Payload: Buffer.from(JSON.stringify(question)) }))
    .catch((error: unknown) => {
      if (!(error instanceof Error) || error.name !== 'ResourceNotFoundException') throw error;
      throw new RequestRefused(
        503,
        `${about}, and stage ${stage} has no function for those. Deploy it with -c serving-targets=python, or run the version from an image of its own.`,
      );
    });
  const text = Buffer.from(Payload ?? []).toString('utf8');
  if (FunctionError === undefined) return (JSON.parse(text) as { predictions: Prediction[] }).predictions;
  const { errorType, errorMessage = '' } = JSON.parse(text) as { errorType?: string; errorMessage?: string };
  // What is missing is told to whoever asks; what else fails stands in the log.
  if (errorType === 'ModelNotLoaded' || errorMessage.startsWith('Millrace.PythonUnavailable'))
    throw new RequestRefused(503, `${about}. ${errorMessage}`);
  throw new Error(`The function ${name} failed: ${text.slice(0, 500)}`);
}
