/** The overrides of `.oxlintrc.json` that follow from the table of rooms. */
import { CDK_PACKAGES, ROOMS, type Room, SDK_SCOPES } from './rooms';

interface Pattern {
  readonly regex: string;
  readonly message: string;
  readonly allowTypeImports?: boolean;
}

export interface Override {
  readonly files: readonly string[];
  readonly rules: {
    readonly 'no-restricted-imports': readonly ['error', { readonly patterns: readonly Pattern[] }];
  };
}

export function expectedOverrides(): Override[] {
  return ROOMS.map((room) => ({
    files: [`${room.folder}/**/*.ts`],
    rules: { 'no-restricted-imports': ['error', { patterns: patternsOf(room) }] },
  }));
}

function patternsOf(room: Room): Pattern[] {
  const others = ROOMS.map((other) => other.folder).filter((folder) => folder !== room.folder);
  const types = room.types ?? [];
  const forbidden = others.filter((folder) => !room.from.includes(folder) && !types.includes(folder));
  const message = `${room.folder} may not import from there: see "Rooms and floors" in docs/ARCHITECTURE.md.`;
  return [
    { regex: relativeTo(room, forbidden), message },
    ...(types.length > 0
      ? [
          {
            regex: relativeTo(room, types),
            message: `${room.folder} may import only types from there.`,
            allowTypeImports: true,
          },
        ]
      : []),
    ...(room.cdk
      ? []
      : [{ regex: `^(${CDK_PACKAGES.join('|')})(/|$)`, message: 'Only lib/cloud loads the CDK.' }]),
    ...(room.sdk
      ? []
      : [{ regex: `^(${SDK_SCOPES.join('|')})/`, message: `${room.folder} does not load clients of AWS.` }]),
  ];
}

/** Rooms in `lib/` reach each other by `../<room>/…`; all others go through the root of the project. */
function relativeTo(room: Room, folders: readonly string[]): string {
  const names = folders.map((folder) => {
    const name = folder.replace(/^lib\//, '');
    if (!folder.startsWith('lib/')) return name;
    return room.folder.startsWith('lib/') ? `(lib/)?${name}` : `lib/${name}`;
  });
  return `^(\\.\\./)+(${names.join('|')})(/|$)`;
}
