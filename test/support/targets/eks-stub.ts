/**
 * A cluster of EKS: `DescribeCluster` says where it is and by which authority it is known, and it takes what
 * aws-iam-authenticator takes for a token: a question of STS who somebody is, signed by that role for this cluster.
 */
import { signedUrl } from '../../../lib/aws/sign-url';
import { startKubernetesStub } from './kubernetes-stub';
import { selfSigned } from './self-signed';
import { StubServer, type TargetStub } from './stub-server';

/** The longest that a token may be good for, by the authenticator. */
const LONGEST_SECONDS = 900;

/** @param name of the cluster; it knows who has the credentials of this process */
export async function startEksStub(
  name: string,
): Promise<TargetStub & { /** Why tokens were refused. */ readonly refused: readonly string[] }> {
  const { key, cert } = selfSigned();
  const refused: string[] = [];
  const cluster = await startKubernetesStub({
    tls: { key, cert },
    authorizes: (authorization) => {
      const why = faultOf(authorization, name);
      if (why !== undefined) refused.push(why);
      return why === undefined;
    },
  });
  const service = new StubServer(
    ({ method, url }) => `${method} ${url.pathname}`,
    (asked) =>
      asked === `GET /clusters/${name}`
        ? {
            status: 200,
            body: {
              cluster: {
                name,
                endpoint: cluster.server.url,
                certificateAuthority: { data: Buffer.from(cert).toString('base64') },
              },
            },
          }
        : {
            status: 404,
            body: { message: `No cluster found for ${asked}.` },
            headers: { 'x-amzn-errortype': 'ResourceNotFoundException' },
          },
    () => ({ status: 429, body: {}, headers: { 'x-amzn-errortype': 'ThrottlingException' } }),
  );
  await service.start();
  return {
    ...cluster,
    refused,
    environment: { AWS_ENDPOINT_URL_EKS: service.url },
    stop: () => {
      cluster.stop();
      service.stop();
    },
  };
}

/** What is wrong with a token; nothing when the role may come in. */
function faultOf(authorization: string | undefined, name: string): string | undefined {
  const [, encoded] = /^Bearer k8s-aws-v1\.([\w-]+)$/.exec(authorization ?? '') ?? [];
  if (encoded === undefined) return 'It is no token of EKS.';
  const text = Buffer.from(encoded, 'base64url').toString('utf8');
  const { origin, searchParams } = new URL(text);
  const region = process.env['AWS_REGION'] ?? '';
  if (origin !== `https://sts.${region}.amazonaws.com`) return `It leads to ${origin}.`;
  const time = (searchParams.get('X-Amz-Date') ?? '').replace(
    /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/,
    '$1-$2-$3T$4:$5:$6Z',
  );
  const seconds = Number(searchParams.get('X-Amz-Expires'));
  const age = (Date.now() - Date.parse(time)) / 1000;
  if (!(seconds > 0 && seconds <= LONGEST_SECONDS && age > -5 && age <= seconds))
    return `It is of ${time}, for ${seconds} seconds.`;
  const expected = signedUrl({
    method: 'GET',
    service: 'sts',
    folder: `https://sts.${region}.amazonaws.com`,
    bucket: '',
    key: '',
    query: { Action: 'GetCallerIdentity', Version: '2011-06-15' },
    headers: { 'x-k8s-aws-id': name },
    expiresInSeconds: seconds,
    region,
    credentials: {
      accessKeyId: process.env['AWS_ACCESS_KEY_ID'] ?? '',
      secretAccessKey: process.env['AWS_SECRET_ACCESS_KEY'] ?? '',
    },
    now: new Date(time),
  });
  return text === expected ? undefined : 'It is not signed by this role for this cluster.';
}
