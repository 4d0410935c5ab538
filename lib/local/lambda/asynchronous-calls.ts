/** Invocations that nobody waits for, as for events: two more attempts, then the dead letter queue. What is throttled waits. */
import { AwsError } from '../service';
import type { InvocationResult } from './worker';

export const THROTTLED = 'TooManyRequestsException';

export interface AsynchronousCallsOptions {
  readonly invoke: (nameOrArn: string, payload: string) => Promise<InvocationResult>;
  /** Told of one that failed for good. */
  readonly failed: (nameOrArn: string, payload: string, why: string) => void;
}

export class AsynchronousCalls {
  private readonly underWay = new Set<Promise<unknown>>();
  /** Those that were throttled, and wait for one that ends. */
  private readonly room: (() => void)[] = [];

  constructor(private readonly options: AsynchronousCallsOptions) {}

  begin(nameOrArn: string, payload: string): void {
    const settled = this.invoke(nameOrArn, payload)
      .catch(() => {})
      .finally(() => this.underWay.delete(settled));
    this.underWay.add(settled);
  }

  async invoke(nameOrArn: string, payload: string): Promise<InvocationResult> {
    let result = await this.invokePatiently(nameOrArn, payload);
    for (let attempt = 0; attempt < 2 && result.functionError !== undefined; attempt++)
      result = await this.invokePatiently(nameOrArn, payload);
    if (result.functionError !== undefined) this.options.failed(nameOrArn, payload, result.payload);
    return result;
  }

  /** An invocation has ended: there is room for another. */
  ended(): void {
    this.room.shift()?.();
  }

  /** Waits for those that were begun. */
  async settle(milliseconds: number): Promise<void> {
    const deadline = new Promise((resolve) => setTimeout(resolve, milliseconds).unref());
    await Promise.race([Promise.all(this.underWay), deadline]);
  }

  private async invokePatiently(nameOrArn: string, payload: string): Promise<InvocationResult> {
    for (;;) {
      try {
        return await this.options.invoke(nameOrArn, payload);
      } catch (error) {
        if (!(error instanceof AwsError) || error.code !== THROTTLED) throw error;
        await new Promise<void>((resolve) => this.room.push(resolve));
      }
    }
  }
}
