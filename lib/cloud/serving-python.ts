/** The function with the packages of models for Python: it scores what `serve-model` has checked, and may read model folders. */
import { ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import { accessStatements } from './access-statements';
import { PYTHON_MODELS_HANDLER } from './bundle-python-models';
import { functionStatements, HandlerFunction } from './handler-function';
import type { BundleOf } from './handler-stub';
import { LeastPrivilegeRole } from './least-privilege-role';
import type { Names } from './names';
import { servingNamesOf } from './serving-names';
import type { Settings } from './settings';

export interface ServingPythonProps {
  readonly names: Names;
  readonly settings: Settings;
  readonly bundleOf: BundleOf;
}

/** Two versions of a model and their libraries. */
const MEMORY_MB = 1769;

export class ServingPython extends Construct {
  constructor(scope: Construct, id: string, { names, settings, bundleOf }: ServingPythonProps) {
    super(scope, id);
    const logGroupName = names.functionLogs('core', 'serve-python');
    const role = new LeastPrivilegeRole(this, 'Role', {
      assumedBy: new ServicePrincipal('lambda.amazonaws.com'),
      description: `millrace ${settings.stage.name}: serve-python`,
      statements: [
        ...accessStatements([{ store: 'objects', mode: 'read', prefix: 'artifacts/' }], names),
        ...functionStatements(names, [logGroupName]),
      ],
    });
    new HandlerFunction(this, 'Function', {
      names,
      settings,
      functionName: servingNamesOf(names).function('serve-python'),
      logGroupName,
      service: 'millrace',
      description: 'Scores with models of the flavour python_function.',
      bundle: bundleOf(PYTHON_MODELS_HANDLER),
      role,
      python: true,
      memoryMb: MEMORY_MB,
      ephemeralMb: 2048,
      timeoutSeconds: 28,
    });
  }
}
