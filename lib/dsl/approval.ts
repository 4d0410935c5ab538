import { z } from 'zod';
import type { TaskAlerts } from '../model/alerts';
import type { JsonObject } from '../model/json';
import { addStep } from './base';
import { hours } from './durations';
import { toValue, type InputArg, type Ref } from './ref';
import type { StepOptions } from './step-options';
import type { TaskHandle } from './task';

export interface ApprovalOptions<Form extends z.ZodObject> extends StepOptions {
  /** What the person is asked. */
  readonly prompt: string | Ref<string>;
  /** What they are shown to decide by: figures, links. @default nothing */
  readonly details?: InputArg<Readonly<Record<string, unknown>>>;
  /** What they fill in when they approve. @default nothing */
  readonly form?: Form;
  /** Seconds until the question expires. @default 72 hours */
  readonly expires?: number;
  /** How the task ends when it expires. @default fail */
  readonly onExpiry?: 'fail' | 'skip';
  /** Who is told that somebody is asked, with the commands that decide. @default nobody */
  readonly onAsk?: TaskAlerts['onAsk'];
  /** Who is told that nobody decided in time. @default nobody */
  readonly onFailure?: TaskAlerts['onFailure'];
}

export interface Decision<Values> {
  readonly approved: boolean;
  readonly by: string;
  readonly comment: string;
  /** What was filled in; nothing after a refusal. */
  readonly values: Values;
}

function alertsOf({ onAsk, onFailure }: Pick<ApprovalOptions<z.ZodObject>, 'onAsk' | 'onFailure'>): {
  alerts?: TaskAlerts;
} {
  if (onAsk === undefined && onFailure === undefined) return {};
  return {
    alerts: {
      ...(onAsk === undefined ? {} : { onAsk }),
      ...(onFailure === undefined ? {} : { onFailure }),
    },
  };
}

/** Waits for the decision of a person. Refusing is a decision too: what follows from it is up to a branch. */
export function approval<Form extends z.ZodObject = z.ZodObject<Record<string, never>>>(
  id: string,
  options: ApprovalOptions<Form>,
): TaskHandle<Decision<z.output<Form>>> {
  const form: z.ZodType = options.form ?? z.object({});
  return addStep('approval', id, options, (base) => ({
    ...base,
    kind: 'approval',
    prompt: toValue(options.prompt),
    details: toValue(options.details ?? {}),
    form: z.toJSONSchema(form, { io: 'input' }) as JsonObject,
    outputSchema: z.toJSONSchema(
      z.object({ approved: z.boolean(), by: z.string(), comment: z.string(), values: form }),
      { io: 'output', unrepresentable: 'any' },
    ) as JsonObject,
    expiresSeconds: options.expires ?? hours(72),
    onExpiry: options.onExpiry ?? 'fail',
    ...alertsOf(options),
  }));
}
