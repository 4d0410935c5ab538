/** A deployed function, as stored. */
export interface FunctionConfig {
  readonly name: string;
  /** Of a published version. */
  readonly version?: number;
  readonly arn: string;
  readonly roleArn: string;
  readonly handler: string;
  readonly runtime: string;
  /** Folder of the code. */
  readonly codeDirectory: string;
  readonly memoryMb: number;
  readonly timeoutSeconds: number;
  readonly environment: Readonly<Record<string, string>>;
  readonly layers: readonly string[];
  readonly logGroup: string;
  readonly deadLetterArn?: string | undefined;
}
