import { z } from 'zod';
import { builtImage } from './build-image';
import { contract } from './contract';
import { connectionTo } from './ingest';

export const buildContainer = contract({
  name: 'build-container',
  summary:
    'Builds the image of a version in the account, pushes it and notes it on the version; where nothing builds images, says so.',
  input: z.object({
    /** Whose build context it is. */
    image: builtImage.pick({ name: true, version: true, tags: true, context: true }),
    /** `<registry>/<repository>` without `https://`. @default '': the repository `millrace-<stage>/models` of the account */
    repository: z
      .string()
      .regex(/^$|^[a-z0-9][a-z0-9.:-]*\/[a-z0-9][a-z0-9._/-]*$/)
      .default(''),
    /** Of kind `http`, with user and password for that registry. @default none; ECR of the account needs none */
    connection: connectionTo('http').optional(),
  }),
  output: z.object({
    built: z.boolean(),
    /** What was done, or why it was not. */
    message: z.string(),
    /** `<registry>/<repository>@sha256:…`: what targets run. */
    image: z.string().nullable(),
    tags: z.array(z.string()),
    /** Id of the build, for its log. */
    build: z.string().nullable(),
  }),
  memoryMb: 256,
  timeoutSeconds: 60,
  access: [
    { store: 'objects', mode: 'write', prefix: 'images/{pipeline}/' },
    { store: 'tracking', mode: 'write' },
    { store: 'images', mode: 'build' },
  ],
});
