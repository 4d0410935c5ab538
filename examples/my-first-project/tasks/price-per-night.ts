import { contract, z } from 'millrace';

/** What goes in, what comes out, what it may touch. The handler is `lambdas/price-per-night/handler.ts`. */
export const pricePerNight = contract({
  name: 'price-per-night',
  summary: 'Reads bookings and says what a night costs on average.',
  input: z.object({ source: z.string(), currency: z.enum(['EUR', 'USD']).default('EUR') }),
  output: z.object({ bookings: z.int(), average: z.number(), text: z.string() }),
  memoryMb: 256,
  access: [{ store: 'objects', mode: 'read', prefix: 'raw/' }],
});
