/** What the console knows of the place where it runs. */
import type { Catalogue } from './catalogue';

/** What a deployment would bring. */
export interface WorkingCopy {
  /** `files`: those of the project as they are now. `console`: what was synthesised with the console that is deployed. */
  readonly of: 'files' | 'console';
  readonly catalogue: Catalogue;
  /** Texts of the definitions, by name of the machine. */
  readonly definitions: ReadonlyMap<string, string>;
}

export interface ConsoleOptions {
  /** Read anew when it has changed. */
  readonly catalogue: () => Promise<Catalogue>;
  /** `local`: a local cloud, whose port serves server-sent events. `aws`: the page asks again and again. */
  readonly where: 'local' | 'aws';
  /** Without it nothing is known of what a deployment would change. */
  readonly working?: () => Promise<WorkingCopy>;
  /** Text of a file that defines a pipeline. Without it texts of definitions are not shown. */
  readonly source?: (file: string) => Promise<string | undefined>;
  /** Who asks, for the audit. */
  readonly by: string;
  /** Nothing may be changed. */
  readonly readOnly: boolean;
  readonly now: () => Date;
}
