/** Faults of the machine the command runs on, told by the code that the operating system gave. */
import { CliError, EXIT } from './cli-error';

interface Remedy {
  readonly what: string;
  readonly remedy: string;
}

const FULL: Remedy = {
  what: 'The disk is full',
  remedy:
    'Make room there, or name a state directory on another disk with --directory. What was recorded before is kept.',
};
const DENIED: Remedy = {
  what: 'Nothing may be written there',
  remedy: 'Give write access, or name another state directory with --directory.',
};
/** Two commands at once share the cloud of the first, for as long as that one takes. */
const GONE: Remedy = {
  what: 'The cloud does not answer any more',
  remedy: 'Repeat the command. `millrace dev` keeps a local cloud up for several commands at once.',
};

const BY_CODE: Readonly<Record<string, Remedy>> = {
  ENOSPC: FULL,
  EDQUOT: { ...FULL, what: 'The disk quota is used up' },
  EFBIG: { ...FULL, what: 'A file would outgrow the limit of this process (ulimit -f) or of the disk' },
  EACCES: DENIED,
  EPERM: DENIED,
  EROFS: { ...DENIED, what: 'The disk can only be read' },
  ECONNREFUSED: GONE,
  ECONNRESET: GONE,
  EMFILE: {
    what: 'Too many files are open',
    remedy: 'Raise the limit, e.g. `ulimit -n 4096`, and start again.',
  },
};
/** LMDB has the words of the operating system, but not its code. */
const WORDS: readonly [RegExp, string][] = [
  [/no space left on device/i, 'ENOSPC'],
  [/disk quota exceeded/i, 'EDQUOT'],
  [/file too large/i, 'EFBIG'],
  [/ECONNREFUSED/, 'ECONNREFUSED'],
];
const MAX_CAUSES = 5;

/** What to tell of an error that came of the disk; nothing when it did not. */
export function environmentFault(error: unknown): CliError | undefined {
  let here = error;
  for (let depth = 0; depth < MAX_CAUSES && isSystemError(here); depth++, here = here.cause) {
    const { code = '', message } = here;
    const known = BY_CODE[code] ?? BY_CODE[WORDS.find(([words]) => words.test(message))?.[1] ?? ''];
    if (known === undefined) continue;
    const path = here.dest ?? here.path;
    return new CliError(`${known.what}: ${message}`, {
      code: EXIT.environment,
      where: path,
      remedy: known.remedy,
      cause: error,
    });
  }
  return undefined;
}

interface SystemError {
  readonly message: string;
  readonly code?: string;
  readonly path?: string;
  /** Of a copy. */
  readonly dest?: string;
  readonly cause?: unknown;
}

/** By its shape: an error of another realm, such as that of a test, is no instance of `Error` here. */
function isSystemError(value: unknown): value is SystemError {
  return (
    typeof value === 'object' && value !== null && 'message' in value && typeof value.message === 'string'
  );
}
