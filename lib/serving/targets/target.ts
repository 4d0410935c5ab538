/** What is wanted of a target, and how it got on. Drivers bring the one about; nothing else asks the services. */
import type { ServingTarget, TargetKind } from '../../tasks/serving-target';

export interface DesiredSlot {
  readonly version: string;
  /** Of the traffic, 0 to 1; all together 1, or 0 when there is only a version that is held. */
  readonly share: number;
  /** Reference of the image that answers for it. */
  readonly image: string;
  /** `s3://…/`: its model folder. */
  readonly folder: string;
}

export interface DesiredTarget<Kind extends TargetKind = TargetKind> {
  readonly endpoint: string;
  readonly model: string;
  readonly stage: string;
  readonly target: Extract<ServingTarget, { kind: Kind }>;
  readonly slots: readonly DesiredSlot[];
  /** Versions that requests may ask for by `x-millrace-target`. */
  readonly stable: string | null;
  readonly candidate: string | null;
}

export interface TargetState {
  /**
   * `working`: ask again later. `ready`: all versions run, and have the shares that they should have. `failed`: a version
   * does not come up, and asking again does not help.
   */
  readonly state: 'working' | 'ready' | 'failed';
  readonly message: string;
  /** What the driver wants to know the next time. */
  readonly memory?: string;
}

/**
 * 1. Both methods may be called again at any time, by one at a time: they look first, and do what is missing.
 * 2. Neither waits: what takes minutes is `working`.
 * 3. A version gets traffic only when it runs; until then the ones before keep theirs.
 */
export interface TargetDriver<Kind extends TargetKind = TargetKind> {
  bring(desired: DesiredTarget<Kind>, memory: string | undefined): Promise<TargetState>;
  /** Takes away what was made for versions that have no traffic any more. */
  remove(desired: DesiredTarget<Kind>, versions: readonly string[]): Promise<void>;
}
