/** asl-validator ships no types that its entry point names. */
type Validate = (
  definition: unknown,
  options: { readonly checkPaths: boolean; readonly checkArn: boolean },
) => { readonly isValid: boolean; readonly errorsText: (separator?: string) => string };

const validate = require('asl-validator') as Validate;

/** What asl-validator says against a machine; empty when it accepts it. */
export function machineFaults(definition: unknown): string {
  const { isValid, errorsText } = validate(definition, { checkPaths: true, checkArn: true });
  return isValid ? '' : errorsText('\n') || 'refused without a reason';
}
