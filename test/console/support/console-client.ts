/** The API of the console, and what else tests ask of the local cloud, over HTTP. */
import { setTimeout as pause } from 'node:timers/promises';

/** Asks the console, as the page does. */
export class ConsoleClient {
  constructor(readonly url: string) {}

  async get<T>(path: string): Promise<T> {
    const response = await fetch(`${this.url}/console/api${path}`);
    if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`);
    return (await response.json()) as T;
  }

  async act<T>(body: object): Promise<T> {
    const response = await fetch(`${this.url}/console/api/act`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-millrace-console': '1' },
      body: JSON.stringify(body),
    });
    if (!response.ok) throw new Error(`${response.status} ${await response.text()}`);
    return (await response.json()) as T;
  }

  async mlflow<T>(path: string, body: object): Promise<T> {
    const response = await fetch(`${this.url}/api/2.0/mlflow/${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
    if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`);
    return (await response.json()) as T;
  }

  async ssm(operation: string, body: object): Promise<void> {
    const response = await fetch(this.url, {
      method: 'POST',
      headers: { 'content-type': 'application/x-amz-json-1.1', 'x-amz-target': `AmazonSSM.${operation}` },
      body: JSON.stringify(body),
    });
    if (!response.ok) throw new Error(`${operation}: ${response.status} ${await response.text()}`);
  }

  /** Waits for a run until it fulfils something. */
  async until(runId: string, holds: (run: RunGlance) => boolean): Promise<RunGlance> {
    return this.untilView(`/runs/${runId}`, holds);
  }

  /** Asks again and again until what is answered fulfils something. */
  async untilView<T>(path: string, holds: (view: T) => boolean): Promise<T> {
    for (let i = 0; ; i++) {
      const view = await this.get<T>(path).catch(() => undefined);
      if (view !== undefined && holds(view)) return view;
      if (i > 300) throw new Error(`${path} still answers ${JSON.stringify(view)?.slice(0, 2000)}.`);
      await pause(100);
    }
  }
}

interface RunGlance {
  readonly status: string;
  readonly approvals: readonly object[];
}
