import type { Channel } from '../model/alerts';
import type { alertInput } from '../tasks/alert-input';
import type { Contract } from '../tasks/contract';
import { usesOf } from './uses';

/**
 * A task of one's own that is called with the context of what happened: `onFailure: [callback(pageSomebody)]`. Its contract
 * takes `alertInput`. It is no part of the run: how it ends changes nothing about that.
 */
export function callback(contract: Contract<string, typeof alertInput>): Channel {
  const { access, uses } = { uses: undefined, access: contract.access, ...usesOf(contract) };
  return {
    kind: 'task',
    contract: contract.name,
    settings: {
      handler: contract.handler,
      native: contract.native,
      access,
      memoryMb: contract.memoryMb,
      ephemeralMb: contract.ephemeralMb,
      timeoutSeconds: contract.timeoutSeconds,
      ...(uses === undefined ? {} : { uses }),
    },
  };
}
