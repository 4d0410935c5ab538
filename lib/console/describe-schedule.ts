/** When a pipeline starts, in words. */
import cronstrue from 'cronstrue';
import type { Schedule, Trigger } from '../model/schedule';

const UNITS = [
  ['day', 86_400],
  ['hour', 3600],
  ['minute', 60],
] as const;

export function describeSchedule(schedule: Schedule): string {
  switch (schedule.kind) {
    case 'none':
      return 'By hand';
    case 'once':
      return 'Once';
    case 'interval': {
      const [unit, seconds] = UNITS.find(([, length]) => schedule.seconds % length === 0) ?? ['second', 1];
      const count = schedule.seconds / seconds;
      return count === 1 ? `Every ${unit}` : `Every ${count} ${unit}s`;
    }
    case 'cron':
      return `${cronInWords(schedule.expression)}, ${schedule.timeZone}`;
  }
}

export function describeTrigger(trigger: Trigger): string {
  if (trigger.kind === 'dataset')
    return `When ${trigger.mode === 'all' ? 'all of' : 'any of'} ${trigger.datasets.join(', ')} ${trigger.mode === 'all' ? 'were' : 'was'} updated${trigger.per === undefined ? '' : `, for each ${trigger.per}`}`;
  if (trigger.kind === 'alias-moved')
    return `When the alias ${trigger.alias} of ${trigger.models.join(' or ')} comes to another version`;
  return `When a file comes to ${trigger.prefix}${trigger.suffix === undefined ? '' : `*${trigger.suffix}`}`;
}

/** The expression itself when it has no words. */
function cronInWords(expression: string): string {
  try {
    return cronstrue.toString(expression, { use24HourTimeFormat: true, verbose: false });
  } catch {
    return expression;
  }
}
