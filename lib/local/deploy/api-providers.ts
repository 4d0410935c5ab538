/** What an API and the alias of its function are here. A REST API is an HTTP API that asks for its keys nowhere. */
import type { HttpApis } from '../apigateway/http-apis';

interface Services {
  readonly apis: HttpApis;
  readonly region: string;
}
interface Deployed {
  readonly ref: string;
  readonly attributes: Readonly<Record<string, string>>;
}
type Properties = Readonly<Record<string, never>>;
type Provider = (services: Services, logicalId: string, properties: Properties) => Deployed;

const unnamed = (_services: Services, logicalId: string): Deployed => ({ ref: logicalId, attributes: {} });

export const API_PROVIDERS = {
  // The alias of a function leads to it as it was deployed last.
  'AWS::Lambda::Alias': (services, _logicalId, properties) => {
    const ref = `${functionArn(services, properties['FunctionName'])}:${String(properties['Name'])}`;
    return { ref, attributes: { AliasArn: ref } };
  },
  'AWS::ApiGatewayV2::Api': ({ apis, region }, logicalId, properties) => {
    const name = (properties['Name'] as string | undefined) ?? logicalId;
    apis.putApi(name);
    return {
      ref: name,
      attributes: { ApiId: name, ApiEndpoint: `https://${name}.execute-api.${region}.amazonaws.com` },
    };
  },
  // The id of an integration is the ARN that it calls, so that a route knows its function.
  'AWS::ApiGatewayV2::Integration': (_services, _logicalId, properties) => {
    const uri = String(properties['IntegrationUri'] ?? '');
    return { ref: uri, attributes: { IntegrationId: uri } };
  },
  'AWS::ApiGatewayV2::Route': ({ apis }, logicalId, properties) => {
    const target = String(properties['Target'] ?? '').replace(/^integrations\//, '');
    apis.putRoute(String(properties['ApiId']), String(properties['RouteKey']), target);
    return { ref: logicalId, attributes: { RouteId: logicalId } };
  },
  'AWS::ApiGatewayV2::Stage': (_services, _logicalId, properties) => ({
    ref: String(properties['StageName'] ?? '$default'),
    attributes: {},
  }),
  'AWS::ApiGateway::RestApi': ({ apis }, logicalId, properties) => {
    const name = (properties['Name'] as string | undefined) ?? logicalId;
    apis.putApi(name);
    return { ref: name, attributes: { RootResourceId: '/' } };
  },
  'AWS::ApiGateway::Resource': (_services, _logicalId, properties) => {
    const parent = String(properties['ParentId'] ?? '/').replace(/\/$/, '');
    return { ref: `${parent}/${String(properties['PathPart'])}`, attributes: {} };
  },
  'AWS::ApiGateway::Method': ({ apis }, logicalId, properties) => {
    const { Uri = '' } = (properties['Integration'] ?? {}) as { readonly Uri?: string };
    const [, target] = /\/functions\/(.+)\/invocations$/.exec(Uri) ?? [];
    const route = `${String(properties['HttpMethod'])} ${String(properties['ResourceId'])}`;
    if (target !== undefined) apis.putRoute(String(properties['RestApiId']), route, target);
    return { ref: logicalId, attributes: {} };
  },
  'AWS::ApiGateway::Deployment': unnamed,
  'AWS::ApiGateway::Stage': (_services, logicalId, properties) => ({
    ref: String(properties['StageName'] ?? logicalId),
    attributes: {},
  }),
  'AWS::ApiGateway::UsagePlan': unnamed,
  'AWS::ApiGateway::UsagePlanKey': unnamed,
  // No key is asked for on this machine, so none is made.
  'AWS::ApiGateway::ApiKey': unnamed,
} as const satisfies Readonly<Record<string, Provider>>;

function functionArn({ region }: Services, nameOrArn: string | undefined): string {
  const name = String(nameOrArn ?? '');
  return name.startsWith('arn:') ? name : `arn:aws:lambda:${region}:000000000000:function:${name}`;
}
