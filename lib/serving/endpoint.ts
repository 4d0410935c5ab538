/** An endpoint: a name under which a version of a model answers. Its state is one item, its history one item a change. */
import { orchestrationTable } from '../aws/tables';
import type { ServingTarget } from '../tasks/serving-target';
import { allEndpoints, changesOf, endpointKey, requestKey, requestsOf } from './keys';
import { candidateShare, type Candidate, type Strategy } from './traffic';

export interface Endpoint {
  readonly endpoint: string;
  /** Registered model; its versions take turns. */
  readonly model: string;
  /** Counts changes. */
  readonly rev: number;
  /** Version that has the traffic, but for the candidate's share. `null`: none was ever deployed. */
  readonly stable: string | null;
  /** Versions to go back to, the last one first. */
  readonly previous: readonly string[];
  readonly candidate?: Candidate;
  /** Version that scores the same requests without answering. */
  readonly shadow?: string;
  /** Share of requests that go into the prediction log, 0 to 1. */
  readonly logShare: number;
  /** Where its versions run. @default the function of the stage */
  readonly target?: ServingTarget;
  /** ISO instant. */
  readonly updatedAt: string;
}

export type EndpointAction = 'deploy' | 'shift' | 'shadow' | 'rollback' | 'settings';

/** One change: who, when, from what, to what, why. Never changed, never deleted. */
export interface EndpointChange {
  readonly endpoint: string;
  readonly model: string;
  readonly rev: number;
  readonly action: EndpointAction;
  /** ISO instant. */
  readonly at: string;
  /** ARN of an execution, a person, or an alarm. */
  readonly by: string;
  readonly reason: string;
  /** Version that had the traffic before, and the one that has it, or gets it by the strategy. */
  readonly from: string | null;
  readonly to: string | null;
  readonly strategy?: Strategy;
}

/** There is no such endpoint. */
export class NoSuchEndpoint extends Error {
  override readonly name = 'Millrace.NoSuchEndpoint';
}

/** As it is at a moment: a candidate that has all traffic by then is the stable one. */
export function settledAt(state: Endpoint, now: number): Endpoint {
  const { candidate, ...rest } = state;
  if (candidate === undefined || candidateShare(candidate, now) < 1) return state;
  return {
    ...rest,
    stable: candidate.version,
    previous: state.stable === null ? state.previous : [state.stable, ...state.previous],
  };
}

export async function findEndpoint(name: string, now = Date.now()): Promise<Endpoint | undefined> {
  const state = await findRecordedEndpoint(name);
  return state === undefined ? undefined : settledAt(state, now);
}

/** As it is recorded, whatever time it is. */
export async function findRecordedEndpoint(name: string): Promise<Endpoint | undefined> {
  return orchestrationTable().get<Endpoint>(endpointKey(name));
}

/** @throws NoSuchEndpoint that names those that there are */
export async function getEndpoint(name: string, now = Date.now()): Promise<Endpoint> {
  const found = await findEndpoint(name, now);
  if (found !== undefined) return found;
  const names = (await listEndpoints(now)).map(({ endpoint }) => endpoint);
  throw new NoSuchEndpoint(
    `There is no endpoint '${name}'. Endpoints: ${names.join(', ') || 'none yet'}. A deployment makes one: millrace deploy-model <model> <version>.`,
  );
}

export async function listEndpoints(now = Date.now()): Promise<Endpoint[]> {
  const listed = await orchestrationTable().query<{ endpoint: string }>(allEndpoints);
  const found = await Promise.all(listed.map(({ endpoint }) => findEndpoint(endpoint, now)));
  return found.filter((state) => state !== undefined);
}

/** Newest first. */
export async function listChanges(name: string): Promise<EndpointChange[]> {
  return orchestrationTable().query<EndpointChange>({ ...changesOf(name), newestFirst: true });
}

/** What a request with that key changed; `undefined` when it was not done yet. */
export async function findChange(name: string, idempotencyKey: string): Promise<EndpointChange | undefined> {
  return orchestrationTable().get<EndpointChange>(requestKey(name, idempotencyKey));
}

/** What all requests have changed whose keys begin like this. */
export async function findChanges(name: string, keyPrefix: string): Promise<EndpointChange[]> {
  return orchestrationTable().query<EndpointChange>(requestsOf(name, keyPrefix));
}
