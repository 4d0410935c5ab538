import type { Condition, DocumentPath, Operand } from './expression-parser';

/** All places of an item that a condition looks at. */
export function conditionPaths(condition: Condition): DocumentPath[] {
  switch (condition.kind) {
    case 'and':
    case 'or':
      return [...conditionPaths(condition.left), ...conditionPaths(condition.right)];
    case 'not':
      return conditionPaths(condition.condition);
    case 'attribute_exists':
    case 'attribute_not_exists':
      return [condition.path];
    case 'between':
      return [condition.operand, condition.low, condition.high].flatMap(operandPaths);
    case 'in':
      return [condition.operand, ...condition.options].flatMap(operandPaths);
    default:
      return [condition.left, condition.right].flatMap(operandPaths);
  }
}

function operandPaths(operand: Operand): DocumentPath[] {
  switch (operand.kind) {
    case 'value':
      return [];
    case 'path':
    case 'size':
      return [operand.path];
    case 'if_not_exists':
      return [operand.path, ...operandPaths(operand.otherwise)];
    default:
      return [...operandPaths(operand.left), ...operandPaths(operand.right)];
  }
}
