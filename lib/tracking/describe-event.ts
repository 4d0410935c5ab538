/** What happened to a model besides moves of aliases and stages, in words. */
import type { RegistryEvent } from './registry-events';

/** `undefined` for the moves. */
export function describeOther(event: RegistryEvent): string | undefined {
  switch (event.action) {
    case 'create':
      return 'registered';
    case 'delete-version':
      return 'deleted';
    case 'set-gates':
      return 'gates declared';
    case 'approve':
      return 'approved';
    case 'compare':
      return event.comparison === undefined
        ? 'compared'
        : `compared with version ${event.comparison.than.version}`;
    case 'open-alarm':
      return `drift alarm of ${event.alarm?.monitor ?? 'a monitor'}`;
    case 'close-alarm':
      return `drift alarm of ${event.alarm?.monitor ?? 'a monitor'} closed`;
    case 'promote':
    case 'rollback':
    case 'transition':
    case 'set-alias':
    case 'delete-alias':
      return undefined;
  }
}

/** How the gates went that a promotion had to pass; empty when there were none. */
export function describeGates({ gates = [], forced }: Pick<RegistryEvent, 'gates' | 'forced'>): string {
  if (gates.length === 0) return '';
  const failed = gates.filter(({ passed }) => !passed).map(({ gate }) => gate);
  if (failed.length === 0) return `${gates.length} gates passed`;
  return `${forced === true ? 'forced past' : 'refused by'} ${failed.join(', ')}`;
}
