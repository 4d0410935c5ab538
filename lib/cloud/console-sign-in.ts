/**
 * Who may look at the console, and at MLflow's page: the users of a pool of Cognito, whom an administrator invites; with the address of SAML metadata
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
  UserPoolClientIdentityProvider,
} from 'aws-cdk-lib/aws-cognito';
import { StringParameter } from 'aws-cdk-lib/aws-ssm';
import { Construct } from 'constructs';
import { consoleNames, OPERATORS } from './console-names';
import type { Names } from './names';
import type { Settings } from './settings';

const SAML = 'IdentityCenter';

/** A site that lets the people of the pool in. */
export interface SignedInPlace {
  /** Ids of its client and of the parameter with its settings. */
  readonly ids: { readonly client: string; readonly settings: string };
  /** For people, e.g. `the console of millrace`. */
  readonly title: string;
  readonly domainName: string;
  /** Where the sign-in comes back to, and what it shows after signing out. */
  readonly callback: string;
  readonly home: string;
  /** Parameter of Parameter Store where its function finds the sign-in. */
  readonly parameterName: string;
}

export class ConsoleSignIn extends Construct {
  private readonly pool: UserPool;
  private readonly provider: CfnUserPoolIdentityProvider | undefined;
  private readonly host: string;

  constructor(
    scope: Construct,
    id: string,
    { names, settings }: { readonly names: Names; readonly settings: Settings },
  ) {
    super(scope, id);
    const own = consoleNames(names);
    this.pool = new UserPool(this, 'Users', {
      userPoolName: own.userPool,
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
    const saml = settings.consoleSaml;
    this.provider =
      saml === undefined
        ? undefined
        : new CfnUserPoolIdentityProvider(this, 'Saml', {
            userPoolId: this.pool.userPoolId,
            providerName: SAML,
            providerType: 'SAML',
            providerDetails: { MetadataURL: saml, IDPSignout: 'false' },
            attributeMapping: { email: 'email' },
          });
    const domain = this.pool.addDomain('Domain', {
      cognitoDomain: { domainPrefix: Fn.sub(own.signInDomain) },
    });
    this.host = Fn.join('', [domain.domainName, '.auth.', Fn.ref('AWS::Region'), '.amazoncognito.com']);
  }

  /** Lets people in to a site, once its address is known. */
  admit({ ids, title, domainName, callback, home, parameterName }: SignedInPlace): void {
    const origin = `https://${domainName}`;
    const client = this.pool.addClient(ids.client, {
      generateSecret: false,
      preventUserExistenceErrors: true,
      supportedIdentityProviders: [
        this.provider === undefined
          ? UserPoolClientIdentityProvider.COGNITO
          : UserPoolClientIdentityProvider.custom(SAML),
      ],
      oAuth: {
        flows: { authorizationCodeGrant: true },
        scopes: [OAuthScope.OPENID, OAuthScope.PROFILE, OAuthScope.EMAIL],
        callbackUrls: [`${origin}${callback}`],
        logoutUrls: [`${origin}${home}`],
      },
    });
    if (this.provider !== undefined) client.node.addDependency(this.provider);
    new StringParameter(this, ids.settings, {
      parameterName,
      description: `Where people sign in to ${title}`,
      stringValue: Fn.join('', [
        '{"userPoolId":"',
        this.pool.userPoolId,
        '","clientId":"',
        client.userPoolClientId,
        '","domain":"',
        this.host,
        `","operators":"${OPERATORS}"}`,
      ]),
    });
  }
}
