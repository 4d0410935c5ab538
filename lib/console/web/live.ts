/**
 * Views that stay current: one connection tells of all views that are on the screen (server-sent events). Where there is
 * none, as in an account, they are asked for again with the tag of what is known. A hidden page asks for nothing.
 */
import { useEffect, useState } from 'preact/hooks';
import { type ApiError, get, parse, urlOf } from './api';

export interface View<T> {
  readonly value: T | undefined;
  readonly error: ApiError | undefined;
}

interface Watched {
  view: View<unknown>;
  readonly listeners: Set<() => void>;
  etag: string | null;
}

const POLL_MS = 4000;
/** What was seen is shown at once when somebody comes back, until it is heard of anew. */
const MAX_KNOWN = 60;

const watched = new Map<string, Watched>();
let source: EventSource | undefined;
let sourcePaths = '';
let polling: number | undefined;
let scheduled = false;
let lost = false;
const lostListeners = new Set<() => void>();

/** @param path behind `/console/api`; `null` for nothing */
export function useView<T>(path: string | null): View<T> {
  const [, again] = useState(0);
  useEffect(() => {
    if (path === null) return undefined;
    const entry = watched.get(path) ?? {
      view: { value: undefined, error: undefined },
      listeners: new Set(),
      etag: null,
    };
    watched.set(path, entry);
    const listener = () => again((count) => count + 1);
    entry.listeners.add(listener);
    schedule();
    return () => {
      entry.listeners.delete(listener);
      schedule();
      forget();
    };
  }, [path]);
  return (path === null ? undefined : (watched.get(path)?.view as View<T> | undefined)) ?? NOTHING;
}

const NOTHING = { value: undefined, error: undefined };

/** Asked for once. */
export function useOnce<T>(path: string | null): View<T> {
  const [state, setState] = useState<{ readonly path: string | null; readonly view: View<T> }>({
    path: null,
    view: NOTHING,
  });
  useEffect(() => {
    if (path === null) return undefined;
    let current = true;
    const told = (view: View<T>) => {
      if (current) setState({ path, view });
    };
    get<T>(path).then(
      (value) => told({ value, error: undefined }),
      (error: unknown) => told({ value: undefined, error: error as ApiError }),
    );
    return () => {
      current = false;
    };
  }, [path]);
  return state.path === path ? state.view : NOTHING;
}

/** Whether the console has stopped answering. */
export function useLost(): boolean {
  const [, again] = useState(0);
  useEffect(() => {
    const listener = () => again((count) => count + 1);
    lostListeners.add(listener);
    return () => {
      lostListeners.delete(listener);
    };
  }, []);
  return lost;
}

/** Views are put together: a page that shows three opens one connection. */
function schedule(): void {
  if (scheduled) return;
  scheduled = true;
  queueMicrotask(() => {
    scheduled = false;
    connect();
  });
}

function wanted(): string[] {
  return [...watched].filter(([, { listeners }]) => listeners.size > 0).map(([path]) => path);
}

function connect(): void {
  const paths = document.hidden ? [] : wanted().sort();
  const key = paths.join(' ');
  if (polling !== undefined) {
    if (key !== sourcePaths) {
      sourcePaths = key;
      void poll();
    }
    return;
  }
  if (key === sourcePaths && source !== undefined && source.readyState !== EventSource.CLOSED) return;
  source?.close();
  source = undefined;
  sourcePaths = key;
  if (paths.length === 0) return;
  const query = new URLSearchParams(paths.map((path) => ['path', path]));
  const opened = new EventSource(urlOf(`/live?${query.toString()}`));
  source = opened;
  opened.addEventListener('message', ({ data }: MessageEvent<string>) => {
    const cut = data.indexOf('\n');
    const { path, status } = JSON.parse(data.slice(0, cut)) as { path: string; status: number };
    setLost(false);
    tell(path, () => parse(status, data.slice(cut + 1)));
  });
  opened.addEventListener('error', () => {
    if (source !== opened) return;
    // Refused, and not merely interrupted: there are no events here.
    if (opened.readyState === EventSource.CLOSED) startPolling();
    else setLost(true);
  });
}

function startPolling(): void {
  source?.close();
  source = undefined;
  polling ??= window.setInterval(() => void poll(), POLL_MS);
  void poll();
}

async function poll(): Promise<void> {
  if (document.hidden) return;
  await Promise.all(
    wanted().map(async (path) => {
      const entry = watched.get(path);
      try {
        const headers =
          entry?.etag === null || entry === undefined ? undefined : { 'if-none-match': entry.etag };
        const response = await fetch(urlOf(path), headers === undefined ? {} : { headers });
        setLost(false);
        if (response.status === 304) return;
        const text = await response.text();
        if (entry !== undefined) entry.etag = response.headers.get('etag');
        tell(path, () => parse(response.status, text));
      } catch {
        setLost(true);
      }
    }),
  );
}

function tell(path: string, read: () => unknown): void {
  const entry = watched.get(path);
  if (entry === undefined) return;
  try {
    entry.view = { value: read(), error: undefined };
  } catch (error) {
    entry.view = { value: undefined, error: error as ApiError };
  }
  for (const listener of entry.listeners) listener();
}

function setLost(now: boolean): void {
  if (lost === now) return;
  lost = now;
  for (const listener of lostListeners) listener();
}

function forget(): void {
  for (const [path, { listeners }] of watched) {
    if (watched.size <= MAX_KNOWN) return;
    if (listeners.size === 0) watched.delete(path);
  }
}

document.addEventListener('visibilitychange', schedule);
