/**
 * Who may look at the console: the users of a pool of Cognito, whom an administrator invites; with the address of SAML metadata
 * (`-c console-saml=<https URL>`), the people of IAM Identity Center, whose administrators say who may. Only members of the
 * group `operators` may act.
 */
import { Fn, RemovalPolicy, Validations } from 'aws-cdk-lib';
import {
  AccountRecovery,
  CfnUserPoolGroup,
  CfnUserPoolIdentityProvider,
  FeaturePlan,
  Mfa,
  OAuthScope,
  UserPool,
  type UserPoolClient,
  UserPoolClientIdentityProvider,
} from 'aws-cdk-lib/aws-cognito';
import { StringParameter } from 'aws-cdk-lib/aws-ssm';
import { Construct } from 'constructs';
import { consoleNames, OPERATORS } from './console-names';
import type { Names } from './names';
import type { Settings } from './settings';

const SAML = 'IdentityCenter';

export class ConsoleSignIn extends Construct {
  private readonly pool: UserPool;
  private readonly names: ReturnType<typeof consoleNames>;

  constructor(
    scope: Construct,
    id: string,
    { names, settings }: { readonly names: Names; readonly settings: Settings },
  ) {
    super(scope, id);
    this.names = consoleNames(names);
    this.pool = new UserPool(this, 'Users', {
      userPoolName: this.names.userPool,
      selfSignUpEnabled: false,
      signInAliases: { email: true },
      accountRecovery: AccountRecovery.EMAIL_ONLY,
      mfa: Mfa.REQUIRED,
      mfaSecondFactor: { otp: true, sms: false },
      passwordPolicy: {
        minLength: 12,
        requireDigits: true,
        requireLowercase: true,
        requireUppercase: true,
        requireSymbols: true,
      },
      featurePlan: FeaturePlan.ESSENTIALS,
      deletionProtection: settings.stage.retain,
      removalPolicy: settings.stage.retain ? RemovalPolicy.RETAIN : RemovalPolicy.DESTROY,
    });
    // Two rules of cdk-nag ask for the plan that watches for stolen passwords.
    for (const rule of ['AwsSolutions-COG3', 'AwsSolutions-COG8'])
      Validations.of(this.pool).acknowledge({
        id: rule,
        reason:
          'Everybody has a second factor, and nobody signs up by themselves; the plan Plus is paid for each user.',
      });
    new CfnUserPoolGroup(this, 'Operators', {
      userPoolId: this.pool.userPoolId,
      groupName: OPERATORS,
      description: 'May act in the console: start, pause, rerun, decide, promote',
    });
  }

  /** The client of the console once its address is known. @param saml address of the metadata of IAM Identity Center */
  connect(domainName: string, saml: string | undefined): UserPoolClient {
    const origin = `https://${domainName}`;
    const provider =
      saml === undefined
        ? undefined
        : new CfnUserPoolIdentityProvider(this, 'Saml', {
            userPoolId: this.pool.userPoolId,
            providerName: SAML,
            providerType: 'SAML',
            providerDetails: { MetadataURL: saml, IDPSignout: 'false' },
            attributeMapping: { email: 'email' },
          });
    const client = this.pool.addClient('Client', {
      generateSecret: false,
      preventUserExistenceErrors: true,
      supportedIdentityProviders: [
        provider === undefined
          ? UserPoolClientIdentityProvider.COGNITO
          : UserPoolClientIdentityProvider.custom(SAML),
      ],
      oAuth: {
        flows: { authorizationCodeGrant: true },
        scopes: [OAuthScope.OPENID, OAuthScope.PROFILE, OAuthScope.EMAIL],
        callbackUrls: [`${origin}/console/auth/callback`],
        logoutUrls: [`${origin}/console`],
      },
    });
    if (provider !== undefined) client.node.addDependency(provider);
    const domain = this.pool.addDomain('Domain', {
      cognitoDomain: { domainPrefix: Fn.sub(this.names.signInDomain) },
    });
    const host = Fn.join('', [domain.domainName, '.auth.', Fn.ref('AWS::Region'), '.amazoncognito.com']);
    new StringParameter(this, 'Settings', {
      parameterName: this.names.signInParameter,
      description: 'Where people sign in to the console of millrace',
      stringValue: Fn.join('', [
        '{"userPoolId":"',
        this.pool.userPoolId,
        '","clientId":"',
        client.userPoolClientId,
        '","domain":"',
        host,
        `","operators":"${OPERATORS}"}`,
      ]),
    });
    return client;
  }
}
