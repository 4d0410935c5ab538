/** A question to an endpoint, and its answer, whatever carries them. */
export interface EndpointAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: unknown;
  /** Time until the answer was there. */
  readonly milliseconds: number;
}

export interface EndpointRequest {
  readonly endpoint: string;
  readonly action: 'predict' | 'invocations' | 'ping' | 'version';
  /** A text is sent as it is. */
  readonly body?: unknown;
  /** Whom to ask, whatever the shares of traffic. @default the shares decide */
  readonly target?: 'stable' | 'candidate';
  readonly id: string;
}
