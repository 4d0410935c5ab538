import { findRecordedEndpoint, listEndpoints } from '../endpoint';
import { shiftEnds } from '../traffic';
import { STANDBY_MS } from './desired-target';
import { findTargetRecord } from './target-record';

/** Endpoints whose target may be otherwise than it should be now: what has come to rest is left alone. */
export async function listTargeted(now: number): Promise<string[]> {
  const found: string[] = [];
  for (const { endpoint, target } of await listEndpoints(now)) {
    if (target === undefined) continue;
    const [state, record] = await Promise.all([findRecordedEndpoint(endpoint), findTargetRecord(endpoint)]);
    if (state === undefined) continue;
    if (record === undefined || record.rev !== state.rev || record.state === 'working') found.push(endpoint);
    else if (record.state === 'ready' && state.candidate !== undefined) {
      const ends = shiftEnds(state.candidate);
      const rests = ends === null ? Number.POSITIVE_INFINITY : Date.parse(ends) + STANDBY_MS;
      // Held: only a change moves it. Else until what was kept for a roll back is gone.
      if (ends !== null && Date.parse(record.at) <= rests) found.push(endpoint);
    }
  }
  return found;
}
