import type { ObjectStore } from '../aws/object-store';
import { readInvocationsBody, type Fields } from './read-records';
import { UnservableModel } from './signature';

/** The rows that were kept beside the model when it was logged. @param folder `s3://…/` @throws UnservableModel when there are none */
export async function inputExample(objects: ObjectStore, folder: string): Promise<Fields[]> {
  // MLflow writes both: the request, and the frame that it was made of.
  if ((await objects.head(`${folder}serving_input_example.json`)) !== undefined)
    return readInvocationsBody(await objects.getText(`${folder}serving_input_example.json`));
  if ((await objects.head(`${folder}input_example.json`)) !== undefined)
    return readInvocationsBody(
      `{"dataframe_split": ${await objects.getText(`${folder}input_example.json`)}}`,
    );
  throw new UnservableModel(
    `${folder} has no input example, so there is nothing to ask the model. Log it with one: input_example=frame.head().`,
  );
}
