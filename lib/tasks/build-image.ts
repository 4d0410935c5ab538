import { z } from 'zod';
import { contract } from './contract';
import { connectionTo } from './ingest';
import { objectRef } from './dataset';

/** An image as an OCI layout in the data bucket. */
export const builtImage = z.object({
  name: z.string(),
  version: z.string(),
  /** `sha256:…` of the manifest: what a registry knows the image by. */
  digest: z.string().regex(/^sha256:[0-9a-f]{64}$/),
  tags: z.array(z.string()),
  /** `s3://…/oci/`: `oci-layout`, `index.json` and `blobs/sha256/…`. */
  layout: z.string(),
  /** Build context with Dockerfile, for a container engine. */
  context: objectRef,
  bytes: z.int(),
});

export const buildImage = contract({
  name: 'build-image',
  summary: 'Packs a registered version as an OCI image layout, and as a build context with Dockerfile.',
  input: z.object({
    name: z.string().min(1),
    version: z.string().min(1),
    /** Of the image that the Dockerfile makes. @default the slim one of the Python that the model was logged with */
    baseImage: z.string().min(1).optional(),
    buildArgs: z.record(z.string().regex(/^[A-Za-z_]\w*$/), z.string()).default({}),
  }),
  output: builtImage,
  memoryMb: 1769,
  access: [
    { store: 'objects', mode: 'read', prefix: 'artifacts/' },
    { store: 'objects', mode: 'write', prefix: 'images/{pipeline}/' },
    { store: 'tracking', mode: 'read' },
  ],
});

export const pushImage = contract({
  name: 'push-image',
  summary:
    'Pushes an image to a registry and notes its digest on the model version; without a registry, says so.',
  input: z.object({
    image: builtImage,
    /**
     * Registry and repository, e.g. `https://registry.example/models/churn`, or one of ECR. Empty: nothing is pushed.
     * @default ''
     */
    repository: z.union([z.literal(''), z.url({ protocol: /^https?$/ })]).default(''),
    /** Of kind `http`, with user and password for the registry. @default none; the role of the function at ECR */
    connection: connectionTo('http').optional(),
  }),
  output: z.object({
    pushed: z.boolean(),
    /** What was done, or why it was not. */
    message: z.string(),
    digest: z.string(),
    /** `<registry>/<repository>@<digest>` */
    reference: z.string().nullable(),
  }),
  memoryMb: 512,
  access: [
    { store: 'objects', mode: 'read', prefix: 'images/{pipeline}/' },
    { store: 'tracking', mode: 'write' },
    { store: 'images', mode: 'push' },
  ],
});
