/** What the services of the local cloud have in common: who calls, how they answer, how they fail. */
import type { IncomingMessage, ServerResponse } from 'node:http';

/** Who signed a request, told from the access key id. `root` is the developer: everything is allowed. */
export interface Principal {
  readonly name: string;
  /** ARN of the role whose policies decide; absent for `root`. */
  readonly roleArn?: string;
}

export const ROOT: Principal = { name: 'root' };

/** A failure as the AWS SDKs know it: a code, a message, an HTTP status. */
export class AwsError extends Error {
  constructor(
    readonly code: string,
    message: string,
    readonly status = 400,
    /** Further members of the error body, e.g. `CancellationReasons`. */
    readonly data: Readonly<Record<string, unknown>> = {},
  ) {
    super(message);
    this.name = code;
  }
}

/** A service that speaks AWS JSON 1.0 or 1.1 (`X-Amz-Target: <target>.<operation>`). Also called in process by state machines. */
export interface JsonService {
  /** E.g. `DynamoDB_20120810`, `AWSStepFunctions`, `AWSEvents`, `Logs_20140328`. */
  readonly target: string;
  readonly jsonVersion: '1.0' | '1.1';
  /** @throws AwsError */
  call(operation: string, input: unknown, principal: Principal): Promise<unknown>;
}

/** A service that reads the request itself: S3, Lambda, the query protocol. */
export interface HttpService {
  handle(request: IncomingMessage, response: ServerResponse, principal: Principal): Promise<void>;
}

/** A service of the program around the local cloud, served on the same port under paths of its own. */
export interface Guest {
  serves(path: string): boolean;
  handle(request: IncomingMessage, response: ServerResponse): Promise<void>;
}

/** An event on a bus, in the shape that rules match. */
export interface BusEvent {
  readonly source: string;
  readonly 'detail-type': string;
  readonly detail: unknown;
  readonly resources?: readonly string[];
  /** Name of the bus. @default `default` */
  readonly bus?: string;
}
