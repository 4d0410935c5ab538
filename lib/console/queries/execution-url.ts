/** Where the console of AWS shows an execution of a machine. */

/** By partition: each has a console of its own. */
const HOSTS: Readonly<Record<string, string>> = {
  aws: 'console.aws.amazon.com',
  'aws-cn': 'console.amazonaws.cn',
  'aws-us-gov': 'console.amazonaws-us-gov.com',
};

/** @param arn `arn:<partition>:states:<region>:…`; `null` in a partition whose console is not known */
export function executionUrl(arn: string): string | null {
  const [, partition = '', , region = ''] = arn.split(':');
  const host = HOSTS[partition];
  return host === undefined
    ? null
    : `https://${region}.${host}/states/home?region=${region}#/v2/executions/details/${encodeURIComponent(arn)}`;
}
