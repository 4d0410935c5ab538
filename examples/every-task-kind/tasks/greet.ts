import { contract, variable, z } from 'millrace';

export const salutation = variable('salutation', z.string(), { default: 'Hello' });

/** TypeScript, and a variable that is read when it runs. */
export const greet = contract({
  name: 'greet',
  summary: 'Greets by the salutation of the stage.',
  input: z.object({ name: z.string() }),
  output: z.object({ text: z.string() }),
  memoryMb: 256,
  uses: { variables: [salutation] },
});
