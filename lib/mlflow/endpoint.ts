/** One thing that a client may ask for: a method and a path, the fields of the request, and what is done. */
import type { Kind } from './access/access';
import type { HttpRequest, HttpResponse } from './http';
import type { Fields, Message } from './wire/fields';

export type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';

export interface Call {
  /** Who asks, for the records of the registry. */
  readonly by: string;
  /** Whether filters may have OR and parentheses. */
  readonly orFilters: boolean;
  /** Whether the caller may read it: searches leave out what they may not. */
  readonly mayRead: (kind: Kind, name: string) => boolean;
}

export interface Endpoint<F extends Fields = Fields> {
  readonly method: Method | readonly Method[];
  /** Behind `/api/2.0/mlflow/` and `/ajax-api/2.0/mlflow/`; `{name}` is one part of a path and a field of the request. */
  readonly path: string;
  readonly fields: F;
  /** Most characters that a body may have, and how a longer one is refused. @default what the server takes */
  readonly body?: { readonly limit: number; readonly refusal: (length: number) => string };
  /** Returns the JSON of the answer. @throws MlflowError, TrackingRefused */
  readonly handle: (request: Message<F>, call: Call) => Promise<object>;
}

/** Gives the handler the type of its request, and the table one type for all. */
export function endpoint<const F extends Fields>(definition: Endpoint<F>): Endpoint {
  return definition as unknown as Endpoint;
}

/** One that reads or writes something else than JSON. */
export interface RawEndpoint {
  readonly method: Method;
  /** Whole path; `{name...}` at its end is the rest of the path. */
  readonly path: string;
  readonly handle: (
    request: HttpRequest,
    parameters: Readonly<Record<string, string>>,
    limits: Limits,
  ) => Promise<HttpResponse>;
}

/** What the gateway in front lets through. */
export interface Limits {
  /** Bytes of an artifact in one answer; larger ones are fetched from S3 by a presigned URL. @default any number */
  readonly maxInlineBytes?: number;
}
