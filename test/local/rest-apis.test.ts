/** A REST API of API Gateway, as the CDK writes one, leads to its function on the local port. */
import { startTestCloud, type TestCloud } from '../support/local-cloud';

const CODE = `exports.handler = async ({ rawPath, headers }) => ({
  statusCode: 200,
  body: JSON.stringify({ rawPath, key: headers['x-api-key'] ?? null }),
});`;
const TEMPLATE = {
  Resources: {
    Function: {
      Type: 'AWS::Lambda::Function',
      Properties: {
        FunctionName: 'serve',
        Runtime: 'nodejs24.x',
        Handler: 'index.handler',
        Role: 'arn:aws:iam::000000000000:role/serve',
        Timeout: 10,
        MemorySize: 256,
        Code: { S3Key: 'serve.zip' },
        LoggingConfig: { LogGroup: '/test/serve' },
      },
    },
    Live: {
      Type: 'AWS::Lambda::Alias',
      Properties: { FunctionName: { Ref: 'Function' }, Name: 'live', FunctionVersion: '1' },
    },
    Api: { Type: 'AWS::ApiGateway::RestApi', Properties: { Name: 'with-keys' } },
    Proxy: {
      Type: 'AWS::ApiGateway::Resource',
      Properties: {
        RestApiId: { Ref: 'Api' },
        ParentId: { 'Fn::GetAtt': ['Api', 'RootResourceId'] },
        PathPart: '{proxy+}',
      },
    },
    Method: {
      Type: 'AWS::ApiGateway::Method',
      Properties: {
        RestApiId: { Ref: 'Api' },
        ResourceId: { Ref: 'Proxy' },
        HttpMethod: 'ANY',
        ApiKeyRequired: true,
        Integration: {
          Type: 'AWS_PROXY',
          Uri: {
            'Fn::Join': [
              '',
              [
                'arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/',
                { Ref: 'Live' },
                '/invocations',
              ],
            ],
          },
        },
      },
    },
    Deployment: { Type: 'AWS::ApiGateway::Deployment', Properties: { RestApiId: { Ref: 'Api' } } },
    Stage: {
      Type: 'AWS::ApiGateway::Stage',
      Properties: {
        RestApiId: { Ref: 'Api' },
        StageName: 'dev',
        DeploymentId: { Ref: 'Deployment' },
      },
    },
    Plan: { Type: 'AWS::ApiGateway::UsagePlan', Properties: { UsagePlanName: 'shop' } },
    Key: { Type: 'AWS::ApiGateway::ApiKey', Properties: { Name: 'shop' } },
    PlanKey: {
      Type: 'AWS::ApiGateway::UsagePlanKey',
      Properties: { KeyId: { Ref: 'Key' }, KeyType: 'API_KEY', UsagePlanId: { Ref: 'Plan' } },
    },
  },
};

let cloud: TestCloud;
beforeAll(async () => {
  cloud = await startTestCloud(TEMPLATE, { serve: CODE });
});
afterAll(async () => cloud.remove());

it('asks for no key on this machine, and hands one on', async () => {
  const ask = async (headers: Record<string, string>) => {
    const answer = await fetch(`${cloud.url}/_api/with-keys/endpoints/churn/ping`, { headers });
    return [answer.status, await answer.json()];
  };
  expect(await ask({})).toEqual([200, { rawPath: '/endpoints/churn/ping', key: null }]);
  expect(await ask({ 'x-api-key': 'k' })).toEqual([200, { rawPath: '/endpoints/churn/ping', key: 'k' }]);
});
