/** Sales of shops as CSV, the same numbers for a number of rows everywhere; written as a stream. */
import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { finished } from 'node:stream/promises';
import { Random } from '../../lib/ml/random';

const SHOPS = 1000;
const KINDS = ['fresh', 'dry', 'frozen', 'drinks', 'other'];
const REGIONS = ['north', 'south', 'east', 'west'];

export async function writeSales(path: string, rows: number): Promise<void> {
  const random = new Random(7);
  const file = createWriteStream(path);
  file.write('id,shop_id,day,amount,units,price,discount,weight,kind,returned,till,note\n');
  for (let from = 0; from < rows; from += 10_000) {
    const lines: string[] = [];
    for (let id = from; id < Math.min(rows, from + 10_000); id++) {
      const day = new Date(Date.UTC(2025, 0, 1 + random.below(365))).toISOString().slice(0, 10);
      const sometimes = (share: number, value: string) => (random.uniform() < share ? '' : value);
      lines.push(
        [
          id,
          random.below(SHOPS),
          day,
          sometimes(0.05, (random.uniform() * 200).toFixed(2)),
          sometimes(0.03, String(1 + random.below(20))),
          (random.uniform() * 50).toFixed(3),
          (random.uniform() / 2).toFixed(4),
          (random.uniform() * 10).toFixed(5),
          sometimes(0.02, KINDS[random.below(KINDS.length)] ?? ''),
          random.below(2),
          random.below(12),
          `n${random.below(100_000)}`,
        ].join(','),
      );
    }
    if (!file.write(`${lines.join('\n')}\n`)) await once(file, 'drain');
  }
  file.end();
  await finished(file);
}

export async function writeShops(path: string): Promise<void> {
  const random = new Random(8);
  const file = createWriteStream(path);
  const line = (id: number) =>
    `${id},${REGIONS[random.below(REGIONS.length)] ?? ''},${(random.uniform() * 900).toFixed(1)}`;
  file.end(`shop_id,region,area\n${Array.from({ length: SHOPS }, (_, id) => line(id)).join('\n')}\n`);
  await finished(file);
}
