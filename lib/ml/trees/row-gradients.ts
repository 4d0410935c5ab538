/**
 * Gradient and hessian of the loss in each row's raw score, where the kernel finds them: `source/gradients.as`. Those of
 * the losses it knows take no memory; others are kept as pairs, and so are logistic ones when several threads would find
 * them again and again.
 */
import { JobKind, ROWS_OF_JOB, type Doubles, type Kernel } from '../kernel/kernel';

export interface LossState {
  /** Numbers, or class numbers. */
  readonly target: ArrayLike<number>;
  readonly weight: Float64Array | undefined;
  /** Scores so far, per output. */
  readonly raw: readonly Doubles[];
}

/** 'logistic' takes targets of 0 and 1; both are of one output. */
export type KnownLoss = 'logistic' | 'squared';

export class RowGradients {
  /** [g, h] of each row, to be written before each tree; none for a known loss. */
  readonly pairs: Float64Array | undefined;
  /** Whether a hessian may be other than 1; else their sum counts rows. */
  readonly counted: boolean;
  private readonly jobs: number = 0;

  constructor(
    private readonly kernel: Kernel,
    known: KnownLoss | undefined,
    { target, weight, raw }: LossState,
  ) {
    const rows = target.length;
    this.counted = known !== 'squared' || weight !== undefined;
    const often = known === 'logistic' && kernel.threads > 1;
    const pairs = known === undefined || often ? kernel.doubles(rows * 2 + 16) : undefined;
    if (known === undefined) this.pairs = pairs!.view;
    if (often) this.jobs = Math.ceil(rows / ROWS_OF_JOB);
    kernel.call.describeLoss(
      known === 'logistic' ? 1 : 0,
      rows,
      raw[0]!.at,
      known === undefined
        ? 0
        : placed(known === 'logistic' ? kernel.bytes(rows) : kernel.doubles(rows), target),
      known === undefined || weight === undefined ? 0 : placed(kernel.doubles(rows), weight),
      pairs?.at ?? 0,
    );
  }

  /** Finds what is kept of a known loss. */
  refresh(): void {
    if (this.jobs > 0) this.kernel.run(JobKind.logisticRows, this.jobs);
  }
}

function placed(
  { at, view }: { readonly at: number; readonly view: Float64Array | Uint8Array },
  values: ArrayLike<number>,
): number {
  view.set(values);
  return at;
}
