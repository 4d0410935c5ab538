import { z } from 'zod';
import { contract } from './contract';

function isTimeZone(name: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: name });
    return true;
  } catch {
    return false;
  }
}

export const timeSensor = contract({
  name: 'time-sensor',
  summary: 'Waits for a time of the day on which the run was started.',
  input: z.object({
    /** `HH:MM` */
    time: z.string().regex(/^([01]\d|2[0-3]):[0-5]\d$/),
    /** IANA name. */
    timeZone: z
      .string()
      .refine(isTimeZone, "is no IANA time zone; write it like 'Europe/Berlin'")
      .default('UTC'),
  }),
  output: z.object({ reachedAt: z.string() }),
  memoryMb: 256,
  timeoutSeconds: 60,
});
