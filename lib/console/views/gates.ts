/** Gates of a registered model as the API answers them. */
import type { DriftAlarm, GateResult, PromotionGates } from '../../tracking/judge-gates';

export interface GatesView {
  /** What is declared; `null`: nothing. */
  readonly declared: PromotionGates | null;
  /** What the version was held against: the alias and the stage that were asked for, or those that are gated. */
  readonly alias: string | null;
  readonly stage: string | null;
  /** Whether gates stand before that. */
  readonly gated: boolean;
  /** One for each gate, with value and limit. */
  readonly results: readonly GateResult[];
  readonly alarms: readonly DriftAlarm[];
}
