/** The console as a guest on the port of the local cloud. It is loaded with the first request. */
import { readFile, stat } from 'node:fs/promises';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { join } from 'node:path';
import { parseCatalogue, type Catalogue } from './catalogue';
import type { WorkingCopy } from './console-options';

export interface ConsoleGuestProps {
  readonly projectRoot: string;
  /** `millrace.json` of what is deployed. */
  readonly catalogueFile: string;
  /** Where the page is kept once it was made. */
  readonly cacheDirectory: string;
  /** Who acts, for the audit. */
  readonly by: string;
  /** @default false */
  readonly readOnly?: boolean;
  /** The definitions as their files are now. @default what a deployment would change is not shown */
  readonly working?: () => Promise<WorkingCopy>;
}

export interface ConsoleGuest {
  serves(path: string): boolean;
  handle(request: IncomingMessage, response: ServerResponse): Promise<void>;
  /** Makes the page before somebody asks for it. */
  prepare(): Promise<void>;
}

export function consoleGuest(props: ConsoleGuestProps): ConsoleGuest {
  let made: import('./serve-console').ConsoleServer | undefined;
  const server = () => {
    const { ConsoleServer } = require('./serve-console') as typeof import('./serve-console');
    return (made ??= new ConsoleServer(
      {
        catalogue: catalogueOf(props.catalogueFile),
        where: 'local',
        // Names of files come from the catalogue, and from nobody who asks.
        source: async (file) => readFile(join(props.projectRoot, file), 'utf8').catch(() => undefined),
        by: props.by,
        readOnly: props.readOnly === true,
        ...(props.working === undefined ? {} : { working: props.working }),
        now: () => new Date(),
      },
      props.projectRoot,
      props.cacheDirectory,
    ));
  };
  return {
    serves: (path) => path === '/console' || path.startsWith('/console/'),
    handle: async (request, response) => server().serve(request, response),
    prepare: async () => server().prepare(),
  };
}

const NOTHING: Catalogue = {
  stage: 'dev',
  code: { commit: 'unknown', dirty: false },
  pipelines: [],
  failures: [],
};

/** Read again when the file has changed; without a file there is nothing. */
function catalogueOf(file: string): () => Promise<Catalogue> {
  let known: { readonly changed: number; readonly catalogue: Catalogue } | undefined;
  return async () => {
    const changed = await stat(file).then(
      ({ mtimeMs }) => mtimeMs,
      () => undefined,
    );
    if (changed === undefined) return NOTHING;
    if (known?.changed !== changed)
      known = { changed, catalogue: parseCatalogue(await readFile(file, 'utf8')) };
    return known.catalogue;
  };
}
