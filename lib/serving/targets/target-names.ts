/** Names of what is made for endpoints elsewhere. They follow from stage, endpoint and version, so that looking is enough. */
import { createHash } from 'node:crypto';

/** `millrace-<stage>-<endpoint>`, with `-v<version>`: shortened by a hash where it has more than `most` characters. */
export function targetName(
  { stage, endpoint }: { readonly stage: string; readonly endpoint: string },
  version?: string,
  most = 63,
): string {
  const prefix = `millrace-${stage}-`;
  const suffix = version === undefined ? '' : `-v${version}`;
  const whole = `${prefix}${endpoint}${suffix}`;
  if (whole.length <= most) return whole;
  const hash = createHash('sha256').update(`${stage}/${endpoint}`).digest('hex').slice(0, 8);
  const room = Math.max(0, most - prefix.length - hash.length - suffix.length - 1);
  return `${prefix}${endpoint.slice(0, room)}-${hash}${suffix}`.slice(-most).replace(/^-+/, '');
}

/** Whole numbers of a hundred for shares, as the weights of load balancers and routes are. */
export function percentOf(share: number): number {
  return Math.round(100 * share);
}
