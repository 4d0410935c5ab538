import { z } from 'zod';
import { contract } from './contract';
import { objectRef } from './dataset';

export const publishPages = contract({
  name: 'publish-pages',
  summary:
    'Puts the report pages of the run under an address that stays, `reports/<pipeline>/latest/`, with a page that leads to them.',
  input: z.object({
    /** Of the page that leads to the others. @default the id of the pipeline */
    title: z.string().optional(),
  }),
  output: z.object({
    /** `reports/<pipeline>/latest/index.html` */
    report: objectRef,
    /** Their names there, e.g. `model-card.html`. */
    pages: z.array(z.string()),
  }),
  memoryMb: 512,
  // A run of an older date leaves the pages of a newer one as they are.
  skips: true,
  access: [{ store: 'objects', mode: 'write', prefix: 'reports/{pipeline}/' }],
});
