/**
 * Keys of the tracking table. The order in which MLflow lists things by default is the sort key, so that the common
 * reads are one strongly consistent query.
 *
 * | pk              | sk                          | what                                                      |
 * | --------------- | --------------------------- | --------------------------------------------------------- |
 * | SYS             | EXPSEQ                      | counter of experiment ids                                 |
 * | EXPN#<name>     | -                           | who has the name of an experiment, deleted ones included  |
 * | EXPS            | E#<id>                      | experiment                                                |
 * | E#<experiment>  | R#<inverted start>#<run id> | run: info, latest metrics, params, tags, inputs           |
 * | E#<experiment>  | D#<name>#<digest>           | dataset                                                   |
 * | E#<experiment>  | L#<inverted start>#<model>  | logged model                                              |
 * | LM#<model>      | -                           | where the logged model lies                               |
 * | RUN#<run id>    | -                           | where the run lies                                        |
 * | RUN#<run id>    | RECIPE#<task>               | how a task made the run, or logged to it                  |
 * | H#<run id>#<m>  | <ts>#<step>#<value>         | a point of metric m; the key is MLflow's identity of it   |
 * | MODN#<name>     | -                           | id of the registered model that has the name              |
 * | MODS            | <name>                      | listing copy of a registered model                        |
 * | M#<model id>    | META                        | registered model                                          |
 * | M#<model id>    | V#<10 digits>               | version                                                   |
 * | M#<model id>    | A#<alias>                   | the one version that has the alias                        |
 * | M#<model id>    | X#<12 digits of rev>        | event: who changed what, when, why                        |
 * | M#<model id>    | K#<idempotency key>         | what was done under that key                              |
 * | FEATURES#<group> | META                       | feature group: keys, event time, columns                  |
 * | FEATURES#<group>#<entity> | LATEST            | latest values of an entity                                |
 * | GC              | RUN#<run>, EXP#<experiment> | what of a purged run or experiment is still to be cleared |
 * | WH              | <id>                        | webhook                                                   |
 * | WHD#<id>        | <instant>#<delivery>        | what became of a delivery of a webhook                    |
 * | G#<kind>#<id>   | <relation>#<kind>#<id>      | lineage edge, written in both directions                  |
 *
 * Index gsi1: `MVRUN#<run id>` → versions made from a run.
 */
import type { Key } from '../aws/dynamo-table';
import { sortableDouble } from './sortable-double';

export const experimentSequenceKey: Key = { pk: 'SYS', sk: 'EXPSEQ' };
export const experimentNameKey = (name: string): Key => ({ pk: `EXPN#${name}`, sk: '-' });
export const experimentKey = (id: string): Key => ({ pk: 'EXPS', sk: `E#${id}` });

export const runPointerKey = (runId: string): Key => ({ pk: `RUN#${runId}`, sk: '-' });
export const recipeKey = (runId: string, task: string): Key => ({ pk: `RUN#${runId}`, sk: `RECIPE#${task}` });
export const recipesOf = (runId: string): { readonly pk: string; readonly prefix: string } => ({
  pk: `RUN#${runId}`,
  prefix: 'RECIPE#',
});
export const runKey = (experimentId: string, startTime: number, runId: string): Key => ({
  pk: `E#${experimentId}`,
  sk: `R#${invertedTime(startTime)}#${runId}`,
});
/** Sort keys of the runs that started from `from` to `to`, both included. */
export const runsStartedBetween = (from: number, to: number): readonly [string, string] => [
  `R#${invertedTime(to)}#`,
  `R#${invertedTime(from)}#~`,
];
export const datasetKey = (experimentId: string, name: string, digest: string): Key => ({
  pk: `E#${experimentId}`,
  sk: `D#${name}#${digest}`,
});
export const loggedModelPointerKey = (modelId: string): Key => ({ pk: `LM#${modelId}`, sk: '-' });
export const loggedModelKey = (experimentId: string, createdAt: number, modelId: string): Key => ({
  pk: `E#${experimentId}`,
  sk: `L#${invertedTime(createdAt)}#${modelId}`,
});
export const metricHistoryPartition = (runId: string, metric: string): string => `H#${runId}#${metric}`;
export const metricPointKey = (
  runId: string,
  metric: string,
  point: { readonly timestamp: number; readonly step: number; readonly value: number },
): Key => ({
  pk: metricHistoryPartition(runId, metric),
  sk: `${String(point.timestamp).padStart(16, '0')}#${sortableDouble(point.step)}#${sortableDouble(point.value)}`,
});

export const purgePartition = 'GC';
export const purgedRunKey = (runId: string): Key => ({ pk: purgePartition, sk: `RUN#${runId}` });
export const purgedExperimentKey = (id: string): Key => ({ pk: purgePartition, sk: `EXP#${id}` });

export const modelNameKey = (name: string): Key => ({ pk: `MODN#${name}`, sk: '-' });
export const modelListingKey = (name: string): Key => ({ pk: 'MODS', sk: name });
export const modelPartition = (modelId: string): string => `M#${modelId}`;
export const modelKey = (modelId: string): Key => ({ pk: modelPartition(modelId), sk: 'META' });
export const versionKey = (modelId: string, version: number): Key => ({
  pk: modelPartition(modelId),
  sk: `V#${String(version).padStart(10, '0')}`,
});
export const aliasKey = (modelId: string, alias: string): Key => ({
  pk: modelPartition(modelId),
  sk: `A#${alias}`,
});
export const eventKey = (modelId: string, rev: number): Key => ({
  pk: modelPartition(modelId),
  sk: `X#${String(rev).padStart(12, '0')}`,
});
export const doneKey = (modelId: string, idempotencyKey: string): Key => ({
  pk: modelPartition(modelId),
  sk: `K#${idempotencyKey}`,
});

export const WEBHOOKS = 'WH';
export const webhookKey = (id: string): Key => ({ pk: WEBHOOKS, sk: id });
export const deliveryPartition = (webhookId: string): string => `WHD#${webhookId}`;
export const deliveryKey = (webhookId: string, at: string, id: string): Key => ({
  pk: deliveryPartition(webhookId),
  sk: `${at}#${id}`,
});

export const versionsOfRun = (runId: string): string => `MVRUN#${runId}`;

/** Milliseconds as 13 digits that sort latest first. */
function invertedTime(time: number): string {
  return String(9_999_999_999_999 - time).padStart(13, '0');
}
