/** The console in an account, with the sign-in of its people. */
import { CfnOutput, Fn } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import { CONSOLE_HANDLER, consoleNames } from './console-names';
import { ConsoleSignIn } from './console-sign-in';
import { consoleStatements } from './console-statements';
import { SignedInSite, type SiteProps } from './signed-in-site';

export type ConsoleProps = SiteProps;

const MEMORY_MB = 1024;

export class Console extends SignedInSite {
  /** The people, whom other sites of the stage may let in too. */
  readonly signIn: ConsoleSignIn;

  constructor(scope: Construct, id: string, props: ConsoleProps) {
    const own = consoleNames(props.names);
    super(scope, id, {
      ...props,
      own,
      name: 'console-api',
      handler: CONSOLE_HANDLER,
      title: 'the console',
      description: 'The console: page, API and sign-in.',
      statements: consoleStatements(props.names),
      memoryMb: MEMORY_MB,
      environment: { MILLRACE_CONSOLE_SIGN_IN: own.signInParameter },
      kept: '/console/assets/*',
    });
    this.signIn = new ConsoleSignIn(this, 'SignIn', props);
    this.signIn.admit({
      ids: { client: 'Client', settings: 'Settings' },
      title: 'the console of millrace',
      domainName: this.domainName,
      callback: '/console/auth/callback',
      home: '/console',
      parameterName: own.signInParameter,
    });
    new CfnOutput(this, 'Address', {
      value: Fn.join('', ['https://', this.domainName, '/console']),
      description: 'The console',
    });
  }
}
