/**
 * What a task may touch, as data. `cloud` turns it into IAM statements; nothing else grants anything.
 * The runtime's own access (its task records and `executions/`) is implied.
 */
export type Access =
  /** Objects under a prefix of the data bucket. `{pipeline}` stands for the pipeline's id. `write` includes reading back. */
  | { readonly store: 'objects'; readonly mode: 'read' | 'write'; readonly prefix: string }
  /** Experiments and runs (`runs`), or also the model registry (`registry`). `write` includes reading. */
  | { readonly store: 'tracking'; readonly mode: 'read' | 'write' }
  /** Latest values of feature groups. `write` includes reading. */
  | { readonly store: 'features'; readonly mode: 'read' | 'write' }
  /** Which runs there were, and how they ended, of any pipeline. */
  | { readonly store: 'runs'; readonly mode: 'read' }
  /** A secret of the stage by its name. */
  | {
      readonly store: 'secret';
      readonly mode: 'read';
      readonly name: string;
      readonly from: 'parameter' | 'secrets-manager';
    }
  /** A variable of the stage by its name. */
  | { readonly store: 'variable'; readonly mode: 'read'; readonly name: string }
  /** A connection of the stage by its name. */
  | {
      readonly store: 'connection';
      readonly mode: 'read';
      readonly name: string;
      readonly from: 'parameter' | 'secrets-manager';
    }
  /** Endpoints of models: calling them, with `write` also deploying versions to them. */
  | { readonly store: 'endpoints'; readonly mode: 'read' | 'write' }
  /** Repositories of images of the stage: pushing to them, with `build` also building images in the account. */
  | { readonly store: 'images'; readonly mode: 'push' | 'build' }
  /** Publishing to the alarm topic. */
  | { readonly store: 'alarms'; readonly mode: 'publish' };
