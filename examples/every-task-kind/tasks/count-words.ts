import { contract, z } from 'millrace';

/** Python: the handler is `lambdas/count-words/handler.py`. */
export const countWords = contract({
  name: 'count-words',
  summary: 'Counts the words of a text.',
  runtime: 'python',
  input: z.object({ text: z.string() }),
  output: z.object({ total: z.int() }),
  memoryMb: 256,
});
