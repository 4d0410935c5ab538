/** What an endpoint answers, whatever carries the request: API Gateway, the local port, a test. */
import type { ObjectStore } from '../aws/object-store';
import { findEndpoint, settledAt, type Endpoint } from './endpoint';
import { withOnlineFeatures } from './online-lookup';
import { writeLog } from './prediction-log';
import { readInvocationsBody, readPredictBody, type Fields } from './read-records';
import { RequestRefused } from './request-refused';
import { disagreement } from './disagreement';
import type { ScoredModel } from './model-folder';
import { scoredModel } from './scored-model';
import { candidateShare, pointOf, type Slot } from './traffic';

export interface ServingRequest {
  readonly method: string;
  /** `/endpoints/<name>/predict` and the like. */
  readonly path: string;
  /** Names in small letters. */
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly body: string;
  /** Stays the same when the client repeats a request. */
  readonly id: string;
}

export interface ServingAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: unknown;
  /** What it was about, for metrics and the log; absent when no model was asked. */
  readonly served?: {
    readonly endpoint: string;
    readonly model: string;
    readonly version: string;
    readonly slot: Slot;
    readonly rows: number;
    /** Share of the rows for which the shadow gave another label; absent without a shadow. */
    readonly shadowDisagreement?: number;
  };
  /** What went wrong besides the answer. */
  readonly warnings?: readonly Error[];
  /** Why the status is 500; the client is not told. */
  readonly failure?: Error;
}

export interface ServingPlace {
  readonly objects: ObjectStore;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

const ROUTE = /^\/endpoints\/([^/]+)\/(predict|invocations|ping|version)\/?$/;
/** Header by which a test asks for the candidate, or somebody for the stable version, whatever the shares. */
const TARGET = 'x-millrace-target';
/** How long an endpoint's state is used without asking again, ms: a shift or a rollback is everywhere after it. */
const STATE_AGE = 1_000;
const states = new Map<string, { readonly readAt: number; readonly state: Endpoint }>();

export async function answerRequest(request: ServingRequest, place: ServingPlace): Promise<ServingAnswer> {
  let target: Target | undefined;
  try {
    const [, encoded, action] = ROUTE.exec(request.path) ?? [];
    if (encoded === undefined || action === undefined)
      throw new RequestRefused(
        404,
        `There is nothing at ${request.path}. Endpoints have /endpoints/<name>/predict, /invocations, /ping and /version.`,
      );
    let endpoint = await endpointOf(encoded, place);
    // What is remembered may be a second old: a version that is not there yet is looked for once more.
    if (versionFor(endpoint, request, place) === undefined) {
      states.delete(endpoint.endpoint);
      endpoint = await endpointOf(encoded, place);
    }
    target = targetOf(endpoint, request, place);
    const posts = action === 'predict' || action === 'invocations';
    if (request.method !== (posts ? 'POST' : 'GET'))
      throw new RequestRefused(405, `/${action} takes ${posts ? 'POST' : 'GET'}, not ${request.method}.`);
    if (posts) checkType(request.headers['content-type']);
    const served = await scoredModel(place.objects, target.model, target.version);
    if (action === 'ping') return answer(200, target, { status: 'ok' });
    if (action === 'version') return answer(200, target, described(endpoint, target, served, place.now()));
    const records = action === 'predict' ? readPredictBody(request.body) : readInvocationsBody(request.body);
    return await predict(endpoint, target, served, records, request, place);
  } catch (error) {
    if (error instanceof RequestRefused)
      return answer(error.status, target, {
        error: error.message,
        ...(error.problems.length === 0 ? {} : { problems: error.problems }),
      });
    return {
      ...answer(500, target, {
        error: 'The model could not answer. The request is in the log of the endpoint.',
      }),
      failure: error instanceof Error ? error : new Error(String(error)),
    };
  }
}

interface Target {
  readonly endpoint: string;
  readonly model: string;
  readonly version: string;
  readonly slot: Slot;
}

async function endpointOf(encoded: string, { now }: ServingPlace): Promise<Endpoint> {
  const name = /%(?![0-9a-f]{2})/i.test(encoded) ? encoded : decodeURIComponent(encoded);
  const at = now();
  const known = states.get(name);
  if (known !== undefined && Math.abs(at - known.readAt) < STATE_AGE) return settledAt(known.state, at);
  const state = await findEndpoint(name, at);
  if (state === undefined) {
    states.delete(name);
    throw new RequestRefused(404, `There is no endpoint '${name}'.`);
  }
  states.set(name, { readAt: at, state });
  return state;
}

/** The version that is to answer, and whether it is the candidate; `undefined` when there is none. */
function versionFor(
  { rev, stable, candidate }: Endpoint,
  { headers, id }: ServingRequest,
  { now }: ServingPlace,
): { readonly version: string; readonly slot: Slot } | undefined {
  const asked = headers[TARGET];
  const toCandidate =
    asked === undefined ? pointOf(`${rev}/${id}`) < candidateShare(candidate, now()) : asked === 'candidate';
  const version = (toCandidate ? candidate?.version : stable) ?? undefined;
  return version === undefined ? undefined : { version, slot: toCandidate ? 'candidate' : 'stable' };
}

/** @throws RequestRefused when nothing can answer */
function targetOf(endpoint: Endpoint, request: ServingRequest, place: ServingPlace): Target {
  const asked = request.headers[TARGET];
  if (asked !== undefined && asked !== 'candidate' && asked !== 'stable')
    throw new RequestRefused(400, `${TARGET} is '${asked}'; it is 'candidate' or 'stable'.`);
  const found = versionFor(endpoint, request, place);
  if (found === undefined)
    throw new RequestRefused(
      asked === 'candidate' ? 404 : 503,
      asked === 'candidate'
        ? `The endpoint '${endpoint.endpoint}' has no candidate.`
        : `The endpoint '${endpoint.endpoint}' serves no version yet; its first one is being tested.`,
    );
  return { endpoint: endpoint.endpoint, model: endpoint.model, ...found };
}

async function predict(
  endpoint: Endpoint,
  target: Target,
  served: ScoredModel,
  given: readonly Fields[],
  request: ServingRequest,
  place: ServingPlace,
): Promise<ServingAnswer> {
  const records = await withOnlineFeatures(given, served.signature);
  const predictions = await served.predict(records);
  const warnings: Error[] = [];
  const guarded = async (what: string, work: () => Promise<void>) =>
    work().catch((cause: unknown) => void warnings.push(new Error(what, { cause })));
  const about = {
    at: new Date(place.now()).toISOString(),
    request: request.id,
    endpoint: endpoint.endpoint,
    model: endpoint.model,
  };
  let shadowDisagreement: number | undefined;
  // Who names the target tests the endpoint: that says nothing of what clients ask.
  const logged = request.headers[TARGET] === undefined && pointOf(`log/${request.id}`) < endpoint.logShare;
  await Promise.all([
    logged
      ? guarded('The predictions could not be logged.', () =>
          writeLog(
            place.objects,
            { ...about, version: target.version, slot: target.slot },
            records,
            predictions,
          ),
        )
      : undefined,
    endpoint.shadow === undefined
      ? undefined
      : guarded(`The shadow version ${endpoint.shadow} did not score.`, async () => {
          const shadow = await scoredModel(place.objects, endpoint.model, endpoint.shadow ?? '');
          const others = await shadow.predict(records);
          shadowDisagreement = disagreement(predictions, others);
          if (logged)
            await writeLog(
              place.objects,
              { ...about, version: shadow.version, slot: 'shadow' },
              records,
              others,
            );
        }),
  ]);
  return {
    ...answer(200, target, { request: request.id, predictions }),
    served: {
      ...target,
      rows: records.length,
      ...(shadowDisagreement === undefined ? {} : { shadowDisagreement }),
    },
    warnings,
  };
}

function answer(status: number, target: Target | undefined, body: object): ServingAnswer {
  if (target === undefined) return { status, headers: {}, body };
  const { model, version } = target;
  return {
    status,
    headers: { 'x-millrace-model': encodeURIComponent(model), 'x-millrace-model-version': version },
    body: { ...body, model, version },
    served: { ...target, rows: 0 },
  };
}

function described(endpoint: Endpoint, { slot }: Target, served: ScoredModel, now: number): object {
  return {
    endpoint: endpoint.endpoint,
    slot,
    sha256: served.sha256,
    signature: served.signature,
    stable: endpoint.stable,
    ...(endpoint.candidate === undefined
      ? {}
      : {
          candidate: {
            version: endpoint.candidate.version,
            share: candidateShare(endpoint.candidate, now),
          },
        }),
    ...(endpoint.shadow === undefined ? {} : { shadow: endpoint.shadow }),
  };
}

function checkType(type: string | undefined): void {
  const [media = ''] = (type ?? 'application/json').split(';');
  if (media.trim().toLowerCase() !== 'application/json')
    throw new RequestRefused(415, `The content type '${media.trim()}' is not served; send application/json.`);
}
