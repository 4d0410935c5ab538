import type { Plan } from '../../compiler/plan';

/** A plan as indented lines: what stands below each other runs one after the other, `||` begins what runs side by side. */
export function renderPlan(plan: Plan, indent = ''): string[] {
  switch (plan.kind) {
    case 'task':
      return [`${indent}${plan.id}`];
    case 'series':
      return plan.parts.flatMap((part) => renderPlan(part, indent));
    case 'parallel':
      return plan.parts.flatMap((part) =>
        renderPlan(part, `${indent}   `).map((line, i) =>
          i === 0 ? `${indent}|| ${line.slice(indent.length + 3)}` : line,
        ),
      );
  }
}
