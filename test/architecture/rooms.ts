/**
 * The import rules of docs/ARCHITECTURE.md as a table. `.oxlintrc.json` holds the same rules for the editor; a test
 * compares the two, another one checks every import of the repository against this table.
 */

export interface Room {
  /** Folder relative to the project. */
  readonly folder: string;
  /** Rooms it may import from, besides itself. `types` means `import type` only. */
  readonly from: readonly string[];
  readonly types?: readonly string[];
  /** May load the CDK. @default false */
  readonly cdk?: boolean;
  /** May load clients of the AWS SDK. @default false */
  readonly sdk?: boolean;
}

const LIB_ROOMS: readonly Room[] = [
  { folder: 'lib/model', from: [] },
  { folder: 'lib/tasks', from: ['lib/model'] },
  { folder: 'lib/aws', from: ['lib/model'], types: ['lib/tasks'], sdk: true },
  { folder: 'lib/tracking', from: ['lib/model', 'lib/aws'], types: ['lib/tasks'], sdk: true },
  { folder: 'lib/mlflow', from: ['lib/model', 'lib/aws', 'lib/tracking'], sdk: true },
  { folder: 'lib/orchestration', from: ['lib/model', 'lib/aws', 'lib/tracking'], sdk: true },
  { folder: 'lib/connections', from: ['lib/model', 'lib/tasks', 'lib/aws'], sdk: true },
  { folder: 'lib/reports', from: [], types: ['lib/model', 'lib/tasks', 'lib/data', 'lib/ml'] },
  { folder: 'lib/data', from: ['lib/model', 'lib/tasks', 'lib/reports'] },
  { folder: 'lib/ml', from: ['lib/model', 'lib/tasks', 'lib/data', 'lib/reports'] },
  {
    folder: 'lib/serving',
    from: ['lib/model', 'lib/tasks', 'lib/aws', 'lib/connections', 'lib/tracking', 'lib/data', 'lib/ml'],
    sdk: true,
  },
  {
    folder: 'lib/console',
    from: [
      'lib/model',
      'lib/aws',
      'lib/connections',
      'lib/tracking',
      'lib/mlflow',
      'lib/orchestration',
      'lib/serving',
    ],
    sdk: true,
  },
  { folder: 'lib/local', from: [] },
  { folder: 'lib/dsl', from: ['lib/model', 'lib/tasks'] },
  { folder: 'lib/compiler', from: ['lib/model'] },
  {
    folder: 'lib/runtime',
    from: ['lib/model', 'lib/tasks', 'lib/aws', 'lib/tracking', 'lib/connections', 'lib/orchestration'],
    sdk: true,
  },
  {
    folder: 'lib/cloud',
    from: ['lib/compiler', 'lib/model', 'lib/tasks', 'lib/dsl', 'lib/console'],
    cdk: true,
  },
];

export const ROOMS: readonly Room[] = [
  ...LIB_ROOMS,
  { folder: 'lib/cli', from: LIB_ROOMS.map((room) => room.folder), sdk: true },
  {
    folder: 'lambdas',
    from: [
      'lib/runtime',
      'lib/tasks',
      'lib/model',
      'lib/orchestration',
      'lib/data',
      'lib/ml',
      'lib/reports',
      'lib/tracking',
      'lib/mlflow',
      'lib/serving',
      'lib/console',
      'lib/connections',
      'lib/aws',
    ],
    sdk: true,
  },
  // Through lib/index.ts, which is no room.
  { folder: 'pipelines', from: [] },
];

/** The room a file belongs to; `undefined` for lib/index.ts, bin, test, bench and examples, which may import anything. */
export function roomOf(file: string): Room | undefined {
  return ROOMS.find((room) => file.startsWith(`${room.folder}/`));
}

/** Packages by what they belong to. */
export const CDK_PACKAGES = ['aws-cdk-lib', 'aws-cdk', 'constructs', 'cdk-nag'] as const;
export const SDK_SCOPES = ['@aws-sdk', '@smithy'] as const;
