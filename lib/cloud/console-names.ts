/** Names of what the console adds to a stage. */
import type { Names } from './names';

export const CONSOLE_HANDLER = 'lambdas/console-api';
/** Members of this group of the user pool may act; everybody else only looks. */
export const OPERATORS = 'operators';

export function consoleNames({ prefix }: Pick<Names, 'prefix'>) {
  return {
    api: `${prefix}-console-api`,
    accessLogs: `/aws/vendedlogs/apigateway/${prefix}-console-api`,
    userPool: `${prefix}-console`,
    /** Prefixes of Cognito's pages are shared by all accounts of a region. */
    signInDomain: `${prefix}-console-\${AWS::AccountId}`,
    signInParameter: `/${prefix}/console-sign-in`,
    logBucket: `${prefix}-console-logs-\${AWS::AccountId}-\${AWS::Region}`,
  };
}
