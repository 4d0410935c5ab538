/** Lets new runs of a pipeline take an earlier version of it. */
import { DoNotRetry } from '../model/errors';
import { recordPipelineAudit } from './audit';
import { readDeployed } from './deployed-pipelines';
import { pointLiveAt, versionsOf } from './live-machine';
import { machineOf } from './machine-of';
import type { Place } from './place';

/** There is no version to roll back to, or none of that number. */
export class NoSuchVersion extends DoNotRetry {
  override readonly name = 'Millrace.NoSuchVersion';
}

export interface RollbackRequest {
  readonly pipeline: string;
  /** @default the one before the live one */
  readonly version?: number;
  readonly by: string;
  readonly why?: string;
}

export interface RolledBack {
  readonly from: number | null;
  readonly to: number;
}

/** The next deployment that changes the pipeline moves forward again. @throws NoSuchVersion, UnknownPipeline */
export async function rollBack(request: RollbackRequest, place: Place): Promise<RolledBack> {
  const { pipeline, by, why } = request;
  const machineArn = machineOf(pipeline, place);
  await readDeployed(machineArn, pipeline);
  const versions = await versionsOf(machineArn);
  const live = versions.find((version) => version.live);
  const wanted =
    request.version === undefined
      ? versions.find(({ number }) => number < (live?.number ?? 0))
      : versions.find(({ number }) => number === request.version);
  if (wanted === undefined)
    throw new NoSuchVersion(
      request.version === undefined
        ? `There is no version of ${pipeline} before ${live?.number ?? 'the live one'}. Versions: millrace versions ${pipeline}`
        : `${pipeline} has no version ${request.version}. It has: ${versions.map(({ number }) => number).join(', ') || 'none'}.`,
    );
  const moved = { from: live?.number ?? null, to: wanted.number };
  await recordPipelineAudit(
    pipeline,
    { action: 'rollback', by, ...(why === undefined ? {} : { why }), details: moved },
    place,
  );
  await pointLiveAt(machineArn, wanted.number);
  return moved;
}
