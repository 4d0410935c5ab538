/** What is told of a model version for those who decide on it: its card, and what it takes and gives. */
import { locate, toStoreUri } from '../../mlflow/artifact-uris';
import { readInputs, readSignature } from '../../serving/signature';
import { getVersion, type ModelVersion } from '../../tracking/model-versions';
import { readRunDocument } from '../../tracking/run-document';
import type { ModelCardView } from '../views/models';
import type { SignatureView } from '../views/tracking';

/** As the task `write-model-card` leaves it beside the model. */
const CARD = 'model-card.html';

/** @throws TrackingRefused for an unknown version */
export async function readModelCard(name: string, number: string): Promise<ModelCardView> {
  const version = await getVersion(name, number);
  const [card, signature] = await Promise.all([cardOf(version), signatureOf(version)]);
  return { card, signature };
}

async function cardOf({ runId }: ModelVersion): Promise<ModelCardView['card']> {
  if (runId === '') return null;
  const run = await readRunDocument(runId).catch(() => undefined);
  if (run === undefined) return null;
  const { store, key } = locate(run.artifactUri);
  return (await store.head(`${key}/${CARD}`)) === undefined ? null : { runId, path: CARD };
}

/** `null` for a model in another place than S3, and without a signature by column. */
async function signatureOf({ storage, source }: ModelVersion): Promise<SignatureView | null> {
  const folder = toStoreUri(storage ?? source).replace(/\/+$/, '');
  if (!folder.startsWith('s3://')) return null;
  const { store, key } = locate(`${folder}/MLmodel`);
  return (await store.head(key)) === undefined ? null : signatureIn(await store.getText(key));
}

/** Tensors, and text that is no signature, give `null`. */
export function signatureIn(mlmodel: string): SignatureView | null {
  try {
    return readSignature(mlmodel, 'MLmodel');
  } catch {
    try {
      return { inputs: readInputs(mlmodel, 'MLmodel'), outputs: [] };
    } catch {
      return null;
    }
  }
}
