/** Where the orchestration runs and what time it is there. */
export interface Place {
  /** ARN of a machine of this account and region by its name. */
  readonly machineArn: (name: string) => string;
  readonly now: () => Date;
  /** Id of this request, which stays the same when it is delivered again. */
  readonly requestId: string;
}
