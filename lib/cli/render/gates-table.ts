import type { GateResult } from '../../tasks/promotion-gates';
import type { Output } from '../output';

/** Each gate with what was found and what was asked for; nothing without gates. */
export function gatesTable(output: Output, gates: readonly GateResult[]): void {
  if (gates.length === 0) return;
  output.table(
    [
      { title: 'GATE', value: (gate) => gate.gate, fixed: true },
      { title: 'PASSED', value: ({ passed }) => (passed ? 'yes' : 'no'), fixed: true },
      { title: 'VALUE', value: ({ value }) => String(value ?? '-') },
      { title: 'LIMIT', value: ({ limit }) => String(limit) },
      { title: 'DETAIL', value: ({ detail }) => detail },
    ],
    gates,
  );
}
