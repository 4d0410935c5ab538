import { DoNotRetry } from 'millrace';
import { taskHandler } from 'millrace/task';
import { pricePerNight } from '../../tasks/price-per-night';

export const handler = taskHandler(pricePerNight, async ({ source, currency }, context) => {
  const [, ...lines] = (await context.objects.getText(source)).trimEnd().split('\n');
  const prices = lines.map((line) => Number(line.split(',')[1]) / Number(line.split(',')[2]));
  if (prices.length === 0) throw new DoNotRetry(`${source} has no bookings.`);
  const average = prices.reduce((sum, price) => sum + price, 0) / prices.length;
  context.emitMetric('Bookings', prices.length);
  return { bookings: prices.length, average, text: `${average.toFixed(2)} ${currency}` };
});
