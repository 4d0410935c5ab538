/** What the console knows of the place where it runs. */
import type { Catalogue } from './catalogue';

export interface ConsoleOptions {
  /** Read anew when it has changed. */
  readonly catalogue: () => Promise<Catalogue>;
  /** `local`: a local cloud, whose port serves server-sent events. `aws`: the page asks again and again. */
  readonly where: 'local' | 'aws';
  /** Who asks, for the audit. */
  readonly by: string;
  /** Nothing may be changed. */
  readonly readOnly: boolean;
  readonly now: () => Date;
}
