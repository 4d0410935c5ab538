/** Who looks, and how a failure is answered. */

export interface SessionView {
  readonly stage: string;
  readonly where: 'local' | 'aws';
  readonly by: string;
  readonly readOnly: boolean;
  readonly commit: string;
}

export interface ErrorView {
  readonly error: { readonly name: string; readonly message: string; readonly remedy: string };
}
