/** Makes a template that CloudFormation refuses: its rules are checked before any resource is touched. */
import { CfnRule, Fn, type Stack } from 'aws-cdk-lib';

/** @param id names what is not fulfilled, e.g. `NativeLayerIsComplete`. */
export function refuseDeployment(stack: Stack, id: string, message: string): void {
  if (stack.node.tryFindChild(id) !== undefined) return;
  new CfnRule(stack, id, {
    assertions: [{ assert: Fn.conditionEquals('deployable', 'no'), assertDescription: message }],
  });
}
