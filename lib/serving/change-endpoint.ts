/**
 * Deployments of model versions to endpoints.
 *
 * 1. State, history and the mark that a request was done are written in one transaction or not at all.
 * 2. The same request again (idempotencyKey) changes nothing and returns what it had changed.
 * 3. One deployment at a time: a second one is refused while a candidate is held or traffic shifts.
 */
import { randomUUID } from 'node:crypto';
import { NEW, put, TableBusy, type Condition } from '../aws/dynamo-table';
import { pauseBefore } from '../aws/pause';
import { orchestrationTable } from '../aws/tables';
import { DoNotRetry } from '../model/errors';
import { getVersion } from '../tracking/model-versions';
import { TrackingRefused } from '../tracking/tracking-refused';
import type { ServingTarget } from '../tasks/serving-target';
import {
  findEndpoint,
  getEndpoint,
  type Endpoint,
  type EndpointAction,
  type EndpointChange,
} from './endpoint';
import { changeKey, endpointKey, endpointListKey, requestKey } from './keys';
import { shiftEnds, type Strategy } from './traffic';

/** What an endpoint cannot do in the state that it is in. */
export class DeploymentRefused extends DoNotRetry {
  override readonly name = 'Millrace.DeploymentRefused';
}

interface Who {
  readonly endpoint: string;
  readonly by: string;
  readonly reason: string;
  /** The same key does it once. @default every call is its own */
  readonly idempotencyKey?: string | undefined;
  /** Milliseconds since 1970. @default now */
  readonly now?: number | undefined;
}

export interface DeployRequest extends Who {
  readonly model: string;
  readonly version: string;
  readonly strategy: Strategy;
  /** Gives it no traffic yet: it only answers requests that ask for the candidate. @default false */
  readonly hold?: boolean | undefined;
  /** Where the version is to run; traffic goes over when it runs there. @default where the endpoint's versions run */
  readonly target?: ServingTarget | undefined;
}

const MAX_ATTEMPTS = 20;
/** Versions that a rollback can go back to. */
const MAX_PREVIOUS = 20;
const ENDPOINT_NAME = /^[a-z0-9][a-z0-9-]{0,62}$/;

/** Makes a version the candidate of an endpoint, which is made with its first deployment. @throws DeploymentRefused, TrackingRefused */
export async function deployVersion(request: DeployRequest): Promise<EndpointChange> {
  const { endpoint, model, version, strategy } = request;
  if (!ENDPOINT_NAME.test(endpoint))
    throw new DeploymentRefused(
      `'${endpoint}' is no name of an endpoint: use up to 63 small letters, digits and hyphens, beginning with a letter or digit.`,
    );
  checkStrategy(strategy);
  const { stage, tags } = await getVersion(model, version);
  if (stage === 'Archived')
    throw new DeploymentRefused(
      `Version ${version} of ${model} is archived. Move it to another stage first, if it is to be served: millrace models promote ${model} ${version} --to-stage Staging --reason "…".`,
    );
  return change(request, 'deploy', async (now) => {
    const before = await findEndpoint(endpoint, now);
    if (before !== undefined && before.model !== model)
      throw new DeploymentRefused(
        `The endpoint '${endpoint}' serves ${before.model}. Deploy ${model} to an endpoint of its own.`,
      );
    if (before?.candidate !== undefined) throw underWay(before);
    if (before?.stable === version)
      throw new DeploymentRefused(`Version ${version} of ${model} is what '${endpoint}' serves already.`);
    const target = targetFor(request, before, tags);
    const hold = request.hold === true;
    const candidate = {
      version,
      // Without a version that answers the rest, there is nothing to share.
      strategy: (before?.stable ?? null) === null ? ({ kind: 'all-at-once' } as const) : strategy,
      shiftingSince: hold || target !== undefined ? null : new Date(now).toISOString(),
      ...(target === undefined || hold ? {} : { whenReady: true }),
    };
    const { shadow, ...rest } = before ?? fresh(endpoint, model);
    return {
      before,
      after: {
        ...rest,
        ...(shadow === undefined || shadow === version ? {} : { shadow }),
        ...(target === undefined ? {} : { target }),
        candidate,
      },
      to: version,
      strategy: candidate.strategy,
    };
  });
}

/** Lets traffic go over to the candidate that was held. @throws DeploymentRefused, NoSuchEndpoint */
export async function startShift(request: Who & { readonly version: string }): Promise<EndpointChange> {
  return change(request, 'shift', async (now) => {
    const before = await getEndpoint(request.endpoint, now);
    const { candidate } = before;
    if (candidate?.version !== request.version || candidate.shiftingSince !== null)
      throw new DeploymentRefused(
        `Version ${request.version} is not held at '${request.endpoint}'${candidate === undefined ? ': there is no candidate' : `; the candidate is version ${candidate.version}${candidate.shiftingSince === null ? '' : `, and traffic goes over to it since ${candidate.shiftingSince}`}`}.`,
      );
    return {
      before,
      after: {
        ...before,
        candidate: {
          version: candidate.version,
          strategy: candidate.strategy,
          shiftingSince: new Date(now).toISOString(),
        },
      },
      to: candidate.version,
      strategy: candidate.strategy,
    };
  });
}

/**
 * Takes the candidate away; without one, gives the traffic back to the version that had it before, at once. Versions that were
 * deleted meanwhile are passed over: nothing could answer for them.
 * @param request `version`: only if this one is the candidate or the stable one, so that a late alarm does not undo another deployment
 * @throws DeploymentRefused when there is nothing to go back to, NoSuchEndpoint
 */
export async function rollbackEndpoint(
  request: Who & { readonly version?: string | undefined },
): Promise<EndpointChange> {
  return change(request, 'rollback', async (now) => {
    const before = await getEndpoint(request.endpoint, now);
    const { candidate, ...rest } = before;
    const bad = candidate?.version ?? before.stable;
    if (request.version !== undefined && request.version !== bad)
      throw new DeploymentRefused(
        `Version ${request.version} is not the one that was deployed last at '${request.endpoint}'; that is ${bad ?? 'none'}. Nothing was changed.`,
      );
    if (candidate !== undefined) return { before, after: rest, from: candidate.version, to: before.stable };
    const [target, ...previous] = await stillRegistered(before);
    if (target === undefined)
      throw new DeploymentRefused(
        before.previous.length === 0
          ? `Version ${before.stable ?? 'none'} is the first that '${request.endpoint}' serves; there is none to go back to.`
          : `The versions that '${request.endpoint}' served before version ${before.stable ?? 'none'} (${before.previous.join(', ')}) have been deleted; there is none to go back to. Deploy another one: millrace deploy-model ${before.model} <version>.`,
      );
    return { before, after: { ...rest, stable: target, previous }, to: target };
  });
}

/** Versions to go back to from the first one on that has not been deleted. A registry that does not answer keeps nobody from going back. */
async function stillRegistered({ model, previous }: Endpoint): Promise<readonly string[]> {
  for (const [place, version] of previous.entries()) {
    const gone = await getVersion(model, version).then(
      () => false,
      (error: unknown) => error instanceof TrackingRefused && error.code === 'RESOURCE_DOES_NOT_EXIST',
    );
    if (!gone) return previous.slice(place);
  }
  return [];
}

/** Lets another version score the same requests without answering; `null` ends that. @throws NoSuchEndpoint, TrackingRefused */
export async function setShadow(request: Who & { readonly version: string | null }): Promise<EndpointChange> {
  return change(request, 'shadow', async (now) => {
    const { shadow, ...before } = await getEndpoint(request.endpoint, now);
    if (before.target !== undefined && request.version !== null)
      throw new DeploymentRefused(
        `'${request.endpoint}' runs on ${before.target.kind}, where no version can score in the shadow of another. Endpoints on the function of the stage can.`,
      );
    if (request.version !== null) await getVersion(before.model, request.version);
    return {
      before: { ...before, ...(shadow === undefined ? {} : { shadow }) },
      after: { ...before, ...(request.version === null ? {} : { shadow: request.version }) },
      from: shadow ?? null,
      to: request.version,
    };
  });
}

/** Share of the requests that go into the prediction log. @throws NoSuchEndpoint */
export async function setLogShare(request: Who & { readonly logShare: number }): Promise<EndpointChange> {
  if (!(request.logShare >= 0 && request.logShare <= 1))
    throw new DeploymentRefused(`The share to log is ${request.logShare}; it goes from 0 to 1.`);
  return change(request, 'settings', async (now) => {
    const before = await getEndpoint(request.endpoint, now);
    return { before, after: { ...before, logShare: request.logShare }, to: before.stable };
  });
}

interface Planned {
  readonly before: Endpoint | undefined;
  readonly after: Endpoint;
  /** @default the stable version before */
  readonly from?: string | null;
  readonly to: string | null;
  readonly strategy?: Strategy;
}

async function change(
  request: Who,
  action: EndpointAction,
  plan: (now: number) => Promise<Planned>,
): Promise<EndpointChange> {
  const { endpoint } = request;
  const table = orchestrationTable();
  const key = request.idempotencyKey ?? randomUUID();
  for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
    if (attempt > 0) await pauseBefore(attempt);
    const done = await table.get<EndpointChange>(requestKey(endpoint, key));
    if (done !== undefined) return done;
    const now = request.now ?? Date.now();
    const { before, after, from, to, strategy } = await plan(now);
    const rev = (before?.rev ?? 0) + 1;
    const at = new Date(now).toISOString();
    const changed: EndpointChange = {
      endpoint,
      model: after.model,
      rev,
      action,
      at,
      by: request.by,
      reason: request.reason,
      from: from === undefined ? (before?.stable ?? null) : from,
      to,
      ...(strategy === undefined ? {} : { strategy }),
    };
    const state: Endpoint = {
      ...after,
      previous: after.previous.slice(0, MAX_PREVIOUS),
      rev,
      updatedAt: at,
    };
    const refused = await table.transact([
      put({ ...endpointKey(endpoint), ...state }, unchanged(before?.rev)),
      put({ ...changeKey(endpoint, rev), ...changed }, NEW),
      put({ ...requestKey(endpoint, key), ...changed }, NEW),
      put({ ...endpointListKey(endpoint), endpoint }),
    ]);
    if (refused === undefined) return changed;
  }
  throw new TableBusy(table.name);
}

/** @throws DeploymentRefused for another kind of target than the endpoint has, and for a version without an image */
function targetFor(
  { endpoint, model, version, target }: DeployRequest,
  before: Endpoint | undefined,
  tags: Readonly<Record<string, string>>,
): ServingTarget | undefined {
  const wanted = target ?? before?.target;
  const had = before?.target?.kind ?? 'the function of the stage';
  if (before !== undefined && before.stable !== null && before.target?.kind !== wanted?.kind)
    throw new DeploymentRefused(
      `The versions of '${endpoint}' run on ${had}, not on ${wanted?.kind}. Deploy to an endpoint of another name, and let clients go over.`,
    );
  if (wanted !== undefined && wanted.image === undefined && tags['serving_image'] === undefined)
    throw new DeploymentRefused(
      `Version ${version} of ${model} has no image that ${wanted.kind} could run. Build one (buildContainer, docs/guides/deployment.md), or name an image in the target.`,
    );
  return wanted;
}

function unchanged(rev: number | undefined): Condition {
  return rev === undefined
    ? NEW
    : {
        ConditionExpression: '#rev = :rev',
        ExpressionAttributeNames: { '#rev': 'rev' },
        ExpressionAttributeValues: { ':rev': rev },
      };
}

function fresh(endpoint: string, model: string): Endpoint {
  return { endpoint, model, rev: 0, stable: null, previous: [], logShare: 1, updatedAt: '' };
}

function underWay({ endpoint, candidate }: Endpoint): DeploymentRefused {
  if (candidate === undefined) return new DeploymentRefused(`'${endpoint}' has no candidate.`);
  const ends = shiftEnds(candidate);
  return new DeploymentRefused(
    `Version ${candidate.version} is being deployed to '${endpoint}' ${ends !== null ? `until ${ends}` : candidate.whenReady === true ? 'and waits until it runs' : 'and is held for its tests'}. Wait for it, or end it: millrace rollback-endpoint ${endpoint} --reason "…".`,
  );
}

function checkStrategy(strategy: Strategy): void {
  if (strategy.kind === 'all-at-once') return;
  const seconds = strategy.kind === 'canary' ? strategy.seconds : strategy.everySeconds;
  if (!(strategy.percent > 0 && strategy.percent <= 100) || !(seconds > 0))
    throw new DeploymentRefused(
      `A ${strategy.kind} shift needs a share above 0 and up to 100 percent and a time above 0 seconds; it has ${strategy.percent} percent and ${seconds} seconds.`,
    );
}
