/** What is wrong with one file of the project. The rest of the project is synthesised all the same. */
export interface Failure {
  /** Relative to the project, with forward slashes. */
  readonly file: string;
  readonly line?: number;
  /** Id of the pipeline that has the fault, when the file got as far as to define it. */
  readonly pipeline?: string;
  readonly code: string;
  readonly message: string;
  /** What to do about it. */
  readonly hint: string;
}

/** One line: `pipelines/a.ts:3: [CODE] message hint`. */
export function describeFailure(failure: Failure): string {
  const place = failure.line === undefined ? failure.file : `${failure.file}:${failure.line}`;
  return `${place}: [${failure.code}] ${failure.message} ${failure.hint}`;
}
