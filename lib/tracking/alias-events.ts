/**
 * Tells the bus of the stage that an alias came to another version, so that pipelines start and endpoints follow. It is
 * told after the alias has moved, and again by a repetition of the same change; who listens takes it once, by its id.
 */
import { PutEventsCommand } from '@aws-sdk/client-eventbridge';
import { eventBridgeClient } from '../aws/clients/event-bridge';
import { resourceNames } from '../aws/environment';
import { MillraceError } from '../model/errors';

export interface AliasMoved {
  readonly model: string;
  readonly alias: string;
  readonly version: string;
  /** Version that had the alias before. */
  readonly previous: string | null;
  readonly action: string;
  readonly by: string;
  readonly reason: string;
  /** The same for a repetition of the change. */
  readonly id: string;
}

/** The alias has moved, but the bus did not take the news. Doing it again tells it. */
export class AliasMoveNotTold extends MillraceError {
  override readonly name = 'Millrace.AliasMoveNotTold';
}

/** @throws AliasMoveNotTold */
export async function tellAliasMoved(moved: AliasMoved): Promise<void> {
  const { bus } = resourceNames();
  try {
    const { FailedEntryCount = 0, Entries = [] } = await eventBridgeClient().send(
      new PutEventsCommand({
        Entries: [
          {
            EventBusName: bus,
            Source: 'millrace',
            DetailType: 'Alias Moved',
            Detail: JSON.stringify(moved),
          },
        ],
      }),
    );
    if (FailedEntryCount > 0) throw new Error(Entries[0]?.ErrorMessage ?? Entries[0]?.ErrorCode ?? 'refused');
  } catch (cause) {
    throw new AliasMoveNotTold(
      `The alias '${moved.alias}' of ${moved.model} is at version ${moved.version} now, but the bus ${bus} was not told of it: ${(cause as Error).message}. Pipelines that wait for it do not start. Do the same again to tell it.`,
      { cause },
    );
  }
}
