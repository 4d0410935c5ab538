import { z } from 'zod';
import { contract } from './contract';

export const objectSensor = contract({
  name: 'object-sensor',
  summary: 'Waits for an object in the data bucket.',
  input: z.object({ key: z.string().min(1) }),
  output: z.object({ key: z.string(), uri: z.string(), bytes: z.number(), etag: z.string() }),
  memoryMb: 256,
  timeoutSeconds: 60,
});
