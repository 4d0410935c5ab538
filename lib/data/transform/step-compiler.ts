/** A compiler for each kind of step. */
import type { TransformStep } from '../../tasks/transform-step';
import type { Relation, StepContext } from './relation';

export type StepKind = TransformStep['step'];
export type StepOf<Kind extends StepKind> = Extract<TransformStep, { readonly step: Kind }>;
export type StepCompiler<Kind extends StepKind> = (
  relation: Relation,
  step: StepOf<Kind>,
  context: StepContext,
) => Relation | Promise<Relation>;
