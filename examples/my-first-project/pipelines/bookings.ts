import { daily, ingestCsv, notify, pipeline, task, text, validateDataset, z } from 'millrace';
import { pricePerNight } from '../tasks/price-per-night';

const price = task(pricePerNight);

export default pipeline(
  {
    id: 'bookings',
    description: 'Checks the bookings of a day and tells when nights became expensive.',
    schedule: daily,
    startDate: '2026-01-01',
    params: z.object({
      source: z.string().default('raw/bookings.csv'),
      expensive: z.number().positive().default(150),
    }),
    defaults: { retries: 2, retryDelay: 10 },
  },
  ({ params, branch }) => {
    const raw = ingestCsv('ingest', { source: params.source, name: 'bookings' });
    const valid = validateDataset('validate', {
      dataset: raw.dataset,
      suite: {
        name: 'bookings',
        expectations: [
          { type: 'expect_column_values_to_be_between', column: 'price', min: 0 },
          { type: 'expect_column_values_to_be_between', column: 'nights', min: 1 },
        ],
      },
    });
    const night = price('price', { source: params.source }, { after: [valid] });
    branch('expensive', night.average.greaterThan(params.expensive), {
      yes: () =>
        notify('tell', {
          subject: 'Nights became expensive',
          text: text`A night costs ${night.text} on average.`,
        }),
      no: () => undefined,
    });
  },
);
