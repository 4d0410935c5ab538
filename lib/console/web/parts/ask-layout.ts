/** Layouts from the worker, which is begun with the first and serves all of the page. */
import { ApiError } from '../api';
import type { LayoutAnswer, LayoutAsked } from '../layout-worker';
import type { LaidOut, LaidOutInput } from './layout';

/** Address of its script; put in when the page is made. */
declare const LAYOUT_WORKER: string;

interface Asked {
  readonly done: (laidOut: LaidOut) => void;
  readonly failed: (error: ApiError) => void;
}

const asked = new Map<number, Asked>();
let worker: Worker | undefined;
let last = 0;

/** @throws ApiError when it cannot be laid out, or the worker did not come */
export function askLayout(input: LaidOutInput): Promise<LaidOut> {
  worker ??= begin();
  const id = ++last;
  const answer = new Promise<LaidOut>((done, failed) => asked.set(id, { done, failed }));
  const message: LayoutAsked = { id, input };
  worker.postMessage(message, []);
  return answer;
}

function begin(): Worker {
  const begun = new Worker(LAYOUT_WORKER);
  begun.addEventListener('message', ({ data }: MessageEvent<LayoutAnswer>) => {
    const { done, failed } = asked.get(data.id) ?? {};
    asked.delete(data.id);
    if ('laidOut' in data) done?.(data.laidOut);
    else failed?.(faultOf(data.error));
  });
  begun.addEventListener('error', ({ message }) => {
    // The next who asks begins another.
    if (worker === begun) worker = undefined;
    for (const { failed } of asked.values()) failed(faultOf(message));
    asked.clear();
  });
  return begun;
}

function faultOf(text: string): ApiError {
  return new ApiError(0, 'Layout', `The graph could not be laid out: ${text}`, 'Load the page again.');
}
