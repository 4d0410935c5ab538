import type { Diagnostic } from '../diagnostic';
import { withMapped } from '../edges';
import type { PipelineModel } from '../pipeline';

/** A question must expire before its run does, as it would otherwise die without a word. */
export function checkApprovals(model: PipelineModel): Diagnostic[] {
  return withMapped(model.tasks).flatMap((task) => {
    if (task.kind !== 'approval') return [];
    const { expiresSeconds } = task;
    const place = task.place === undefined ? '' : ` (${task.place})`;
    const whole = Number.isInteger(expiresSeconds) && expiresSeconds >= 1;
    if (whole && expiresSeconds < model.runTimeoutSeconds) return [];
    return [
      {
        code: 'MR210',
        severity: 'error',
        path: `${model.id} / ${task.id}`,
        message: `Its question expires after ${expiresSeconds} s; the run may take ${model.runTimeoutSeconds} s${place}.`,
        hint: 'Let it expire after whole seconds and before the run does, or give the pipeline a longer runTimeout.',
      },
    ];
  });
}
