/**
 * A made-up market over real customers: rows of telecom_churn.csv drawn by a seed, which change from certain days on. Rows and
 * labels are all that is made up; what becomes of them is the work of the pipelines.
 */
import { Random } from '../../../lib/ml/random';
import { customers, noisy, type Customer } from '../customers';

export interface WorldOptions {
  readonly seed: number;
  /** Days from which customers use their phones more, and leave for other reasons than before; each comes on top. */
  readonly drifts: readonly number[];
}

/** Share of the labels that nobody can explain. */
const NOISE = 0.01;
const ALL = customers();

export class World {
  constructor(readonly options: WorldOptions) {}

  /** How often the market had changed by a day. */
  epochOf(day: number): number {
    return this.options.drifts.filter((onset) => onset <= day).length;
  }

  /** Customers of a day; the same for the same seed, day and purpose. */
  customers(day: number, count: number, purpose: string): Customer[] {
    const random = new Random(seedOf(this.options.seed, day, purpose));
    const epoch = this.epochOf(day);
    const order = Int32Array.from(ALL.keys());
    random.shuffle(order);
    const drawn = Array.from(order.subarray(0, count), (row) => changed(lived(ALL[row]!, random), epoch));
    return noisy(drawn, NOISE, random.uint32());
  }
}

/** The same customers with the labels of others: nothing can be learned from them. */
export function shuffledLabels(rows: readonly Customer[], seed: number): Customer[] {
  const labels = Int32Array.from(rows, ({ churn }) => churn);
  new Random(seed).shuffle(labels);
  return rows.map((row, i) => ({ ...row, churn: labels[i]! }));
}

/** Nobody telephones twice for just as long. */
function lived({ fields, churn }: Customer, random: Random): Customer {
  const factor = 0.95 + 0.1 * random.uniform();
  return {
    fields: {
      ...fields,
      seconds_of_use: Math.round((fields['seconds_of_use'] ?? 0) * factor),
      customer_value: Math.round((fields['customer_value'] ?? 0) * factor * 1000) / 1000,
    },
    churn,
  };
}

/** With every change people telephone half as long again; those who do most without a contract leave. */
function changed({ fields, churn }: Customer, epoch: number): Customer {
  if (epoch === 0) return { fields, churn };
  const seconds = fields['seconds_of_use'] ?? 0;
  const heavy = seconds > 6000 / epoch && fields['tariff_plan'] === 1;
  const factor = 1.5 ** epoch;
  return {
    fields: {
      ...fields,
      seconds_of_use: Math.round(seconds * factor) + 1500 * epoch,
      frequency_of_use: Math.round((fields['frequency_of_use'] ?? 0) * factor) + 10 * epoch,
    },
    churn: heavy ? 1 : churn,
  };
}

/** FNV-1a over what names a draw. */
function seedOf(seed: number, day: number, purpose: string): number {
  let hash = 0x811c9dc5;
  for (const letter of `${seed}/${day}/${purpose}`)
    hash = Math.imul(hash ^ letter.charCodeAt(0), 0x01000193) >>> 0;
  return hash;
}
