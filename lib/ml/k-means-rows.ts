/** Rows and centres of k-means in the kernel's memory (`kernel/source/k-means.as`). */
import type { Doubles, Kernel, Region } from './kernel/kernel';
import type { Matrix } from './matrix';

/** Its square is infinite: a centre that there is not. */
const FAR = 1e200;
/** Iterations after which sums are added up anew, so that rounding does not gather in them. */
const RENEWED = 20;

export class KMeansRows {
  private readonly rows: Doubles;
  private readonly width: number;
  /** Of a row, in numbers: the features, and a zero when they are odd. */
  private readonly stride: number;
  private readonly count: number;
  private readonly points: Doubles;
  private readonly eights: Doubles;
  private readonly half: Doubles;
  private readonly moves: Doubles;
  private readonly sums: Doubles;
  private readonly totals: Doubles;
  private readonly labels: Region<Int32Array>;
  private readonly upper: Doubles;
  private readonly lower: Doubles;
  private readonly distances: Doubles;
  /** Of each row. */
  readonly weights: Doubles;
  /** Room for numbers of rows. */
  private readonly open: number;
  private rounds = 0;

  constructor(
    private readonly kernel: Kernel,
    x: Matrix,
    private readonly k: number,
    weight?: Float64Array,
  ) {
    this.width = x.columns.length;
    this.stride = this.width + (this.width % 2);
    this.count = x.rows;
    const { stride, count } = this;
    this.rows = kernel.doubles(count * stride);
    if (stride > this.width) this.rows.view.fill(0);
    x.columns.forEach((column, f) => {
      const { view } = this.rows;
      for (let row = 0; row < count; row++) view[row * stride + f] = column[row]!;
    });
    this.points = kernel.doubles(k * stride);
    this.points.view.fill(0);
    this.eights = kernel.doubles(Math.ceil(k / 8) * 8 * stride);
    this.half = kernel.doubles(k);
    this.moves = kernel.doubles(k);
    this.sums = kernel.doubles(k * stride);
    this.totals = kernel.doubles(k);
    this.labels = kernel.ints(count);
    this.upper = kernel.doubles(count);
    this.lower = kernel.doubles(count);
    // Of the bounds no one asks when distances are wanted.
    this.distances = this.lower;
    this.weights = kernel.doubles(count);
    this.open = kernel.allocate(count * 4 + 4);
    if (weight === undefined) this.weights.view.fill(1);
    else this.weights.view.set(weight);
  }

  row(row: number): Float64Array {
    return this.rows.view.subarray(row * this.stride, row * this.stride + this.width);
  }

  centre(c: number): number[] {
    return [...this.points.view.subarray(c * this.stride, c * this.stride + this.width)];
  }

  setCentre(c: number, values: ArrayLike<number>): void {
    this.points.view.set(values, c * this.stride);
  }

  /** There are no centres: every row is infinitely far. Squared distances, of `comeNearer`. */
  forgetCentres(): Float64Array {
    return this.upper.view.fill(Number.POSITIVE_INFINITY);
  }

  /**
   * The weighted sum of the squared distances to the nearest centre when centre `c` comes to those that there are.
   * @param stays whether it does: then they change
   */
  comeNearer(c: number, stays: boolean): number {
    const { kernel, rows, stride, count, points, weights, upper, distances } = this;
    const at = points.at + c * stride * 8;
    const result = stays ? upper.at : distances.at;
    return kernel.call.nearerDistances(rows.at, stride * 8, count, at, upper.at, weights.at, result);
  }

  /** The nearest centre of each row and the squared distance to it. Views that the next call changes. */
  assign(): { labels: Int32Array; distances: Float64Array } {
    const { kernel, rows, stride, count, k, eights, labels, distances } = this;
    this.arrange();
    kernel.call.assignRows(rows.at, stride * 8, count, eights.at, k, labels.at, distances.at);
    return { labels: labels.view, distances: distances.view };
  }

  /** Forgets what is known of the rows. */
  start(): void {
    this.labels.view.fill(0);
    this.upper.view.fill(Number.POSITIVE_INFINITY);
    this.lower.view.fill(0);
    this.rounds = 0;
    this.sum();
  }

  /** @param moves how far the centres went since the last time @returns how many rows changed their centre */
  reassign(moves: Float64Array): number {
    const { kernel, rows, stride, count, k, points, eights, half, labels, upper, lower, weights } = this;
    this.arrange();
    this.moves.view.set(moves);
    for (let a = 0; a < k; a++) {
      let nearest = Number.POSITIVE_INFINITY;
      for (let b = 0; b < k; b++)
        if (a !== b) nearest = Math.min(nearest, squared(points.view, a, points.view, b, stride));
      half.view[a] = Math.sqrt(nearest) / 2;
    }
    const changed = kernel.call.reassignRows(
      rows.at,
      stride * 8,
      count,
      points.at,
      eights.at,
      k,
      half.at,
      this.moves.at,
      moves.reduce((a, b) => Math.max(a, b), 0),
      labels.at,
      upper.at,
      lower.at,
      weights.at,
      this.sums.at,
      this.totals.at,
      this.open,
    );
    this.rounds++;
    if (this.rounds % RENEWED === 0) this.sum();
    return changed;
  }

  /** A cluster without rows takes the row farthest from its centre. */
  fillEmpty(): void {
    const { k, count, stride, totals, labels, weights, rows, points, upper } = this;
    for (let c = 0; c < k; c++) {
      // What rounding leaves of the weights of rows that went is nothing, too.
      if (labels.view.includes(c) && totals.view[c]! > 0) continue;
      let farthest = 0;
      let most = -1;
      for (let row = 0; row < count; row++) {
        const weight = weights.view[row]!;
        const label = labels.view[row]!;
        const d = weight > 0 ? squared(rows.view, row, points.view, label, stride) : -1;
        if (d > most && totals.view[label]! > weight) {
          most = d;
          farthest = row;
        }
      }
      labels.view[farthest] = c;
      upper.view[farthest] = Number.POSITIVE_INFINITY;
      this.sum();
    }
  }

  /** Each centre becomes the mean of its rows. Returns how far each went. */
  moveCentres(): Float64Array {
    const { k, stride, points, sums, totals } = this;
    return Float64Array.from({ length: k }, (_, c) => {
      let gone = 0;
      for (let i = c * stride; i < (c + 1) * stride; i++) {
        const next = sums.view[i]! / totals.view[c]!;
        gone += (next - points.view[i]!) ** 2;
        points.view[i] = next;
      }
      return Math.sqrt(gone);
    });
  }

  private sum(): void {
    const { kernel, rows, stride, count, k, labels, weights, sums, totals } = this;
    kernel.call.sumClusters(rows.at, stride * 8, count, k, labels.at, weights.at, sums.at, totals.at);
  }

  /** The centres in eights, as the kernel goes through them. */
  private arrange(): void {
    const { k, stride, points, eights } = this;
    for (let c = 0; c < Math.ceil(k / 8) * 8; c++)
      for (let f = 0; f < stride; f++)
        eights.view[(Math.floor(c / 8) * stride + f) * 8 + (c % 8)] =
          c < k ? points.view[c * stride + f]! : FAR;
  }
}

function squared(a: Float64Array, rowA: number, b: Float64Array, rowB: number, stride: number): number {
  let sum = 0;
  for (let f = 0; f < stride; f++) sum += (a[rowA * stride + f]! - b[rowB * stride + f]!) ** 2;
  return sum;
}
