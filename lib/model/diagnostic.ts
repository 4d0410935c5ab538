/** A fault or a remark about a definition. Rendered to text last. */
export interface Diagnostic {
  /** Stable, e.g. `MR101`; explained in docs/errors.md. */
  readonly code: string;
  readonly severity: 'error' | 'warning' | 'notice';
  /** Pipeline and task, e.g. `credit-risk / train/random-forest`. */
  readonly path: string;
  readonly message: string;
  readonly hint: string;
}
