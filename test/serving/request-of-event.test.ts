import type { APIGatewayProxyEvent, APIGatewayProxyEventV2 } from 'aws-lambda';
import { requestOfEvent } from '../../lib/serving/request-of-event';

const rest = (more: object = {}) =>
  ({
    httpMethod: 'POST',
    path: '/endpoints/churn/predict',
    headers: { 'Content-Type': 'application/json', 'X-Request-Id': 'order-1', 'X-Api-Key': 'k' },
    body: '{"records": []}',
    isBase64Encoded: false,
    requestContext: { requestId: 'r1', stage: 'dev', path: '/dev/endpoints/churn/predict' },
    ...more,
  }) as unknown as APIGatewayProxyEvent;

const http = (more: object = {}) =>
  ({
    version: '2.0',
    rawPath: '/endpoints/churn/predict',
    headers: { 'content-type': 'application/json' },
    requestContext: { requestId: 'r2', stage: '$default', http: { method: 'POST' } },
    ...more,
  }) as unknown as APIGatewayProxyEventV2;

describe('a request', () => {
  it('of a REST API has its headers in small letters and its id from the client', () => {
    expect(requestOfEvent(rest())).toMatchObject({
      method: 'POST',
      path: '/endpoints/churn/predict',
      headers: { 'content-type': 'application/json', 'x-request-id': 'order-1' },
      body: '{"records": []}',
      id: 'order-1',
    });
  });

  it('of an HTTP API leaves the stage out of its path', () => {
    expect(requestOfEvent(http())).toMatchObject({ method: 'POST', body: '', id: 'r2' });
    const staged = http({
      rawPath: '/prod/endpoints/churn/ping',
      requestContext: { requestId: 'r3', stage: 'prod', http: { method: 'GET' } },
    });
    expect(requestOfEvent(staged)).toMatchObject({ method: 'GET', path: '/endpoints/churn/ping' });
  });

  it('is decoded, and an id that is none is not taken', () => {
    const encoded = rest({
      body: Buffer.from('{"record": {"name": "Zoë"}}').toString('base64'),
      isBase64Encoded: true,
      headers: { 'x-request-id': 'no id, a text' },
    });
    expect(requestOfEvent(encoded)).toMatchObject({ body: '{"record": {"name": "Zoë"}}', id: 'r1' });
  });
});
