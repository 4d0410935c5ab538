import { connection, contract, z } from 'millrace';

export const lake = connection('lake', 'google-cloud-storage');

/** A predicate of one's own for a sensor: is the object in Google Cloud Storage? */
export const exportedFile = contract({
  name: 'exported-file',
  summary: 'Looks for an object in Google Cloud Storage.',
  input: z.object({ name: z.string() }),
  output: z.object({ bytes: z.number() }),
  memoryMb: 256,
  uses: { connections: [lake] },
});
