import { UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { documentClient } from '../aws/clients';
import { resourceNames } from '../aws/environment';
import { experimentKey, experimentNameKey, experimentSequenceKey } from './keys';
import { getItem, put, queryItems, transact } from './table';

export interface Experiment {
  readonly id: string;
  readonly name: string;
  /** `s3://bucket/artifacts/<id>` */
  readonly artifactLocation: string;
  readonly lifecycleStage: 'active' | 'deleted';
  /** ISO instant. */
  readonly createdAt: string;
}

/** The experiment of that name, made when it is missing. Safe under races: the name is locked in the same transaction. */
export async function ensureExperiment(name: string): Promise<Experiment> {
  for (;;) {
    const lock = await getItem<{ id: string }>(experimentNameKey(name));
    if (lock !== undefined) {
      const found = await getItem<Experiment>(experimentKey(lock.id));
      if (found !== undefined) return found;
    }
    const { Attributes } = await documentClient().send(
      new UpdateCommand({
        TableName: resourceNames().trackingTable,
        Key: experimentSequenceKey,
        UpdateExpression: 'ADD n :one',
        ExpressionAttributeValues: { ':one': 1 },
        ReturnValues: 'UPDATED_NEW',
      }),
    );
    const id = String((Attributes as { n: number }).n);
    const experiment: Experiment = {
      id,
      name,
      artifactLocation: `s3://${resourceNames().bucket}/artifacts/${id}`,
      lifecycleStage: 'active',
      createdAt: new Date().toISOString(),
    };
    const refused = await transact([
      put({ ...experimentNameKey(name), id }, 'attribute_not_exists(pk)'),
      put({ ...experimentKey(id), ...experiment }, 'attribute_not_exists(pk)'),
    ]);
    if (refused === undefined) return experiment;
  }
}

/** Newest first. */
export async function listExperiments(): Promise<Experiment[]> {
  const all = await queryItems<Experiment>('EXPS', 'E#');
  return all.sort((a, b) => Number(b.id) - Number(a.id));
}
