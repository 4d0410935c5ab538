/**
 * Where webhooks may go: to https and public addresses. A server that calls whatever URL it is given would otherwise be a way
 * into the network that it is in, to the credentials at 169.254.169.254 first of all.
 */
import { lookup as resolve, type LookupAddress } from 'node:dns';
import { BlockList, isIP, type LookupFunction } from 'node:net';
import { TrackingRefused } from '../tracking-refused';

/** IANA's registries of special-purpose addresses: what is not globally reachable, and multicast. */
const SPECIAL = new BlockList();
for (const [net, prefix] of [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.0.2.0', 24],
  ['192.88.99.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['198.51.100.0', 24],
  ['203.0.113.0', 24],
  ['224.0.0.0', 3],
] as const)
  SPECIAL.addSubnet(net, prefix, 'ipv4');
// Of IPv6 only 2000::/3 is global, but for documentation, 6to4 and Teredo, which carry IPv4 addresses.
const GLOBAL = new BlockList();
GLOBAL.addSubnet('2000::', 3, 'ipv6');
for (const [net, prefix] of [
  ['2001::', 23],
  ['2001:db8::', 32],
  ['2002::', 16],
  ['3fff::', 20],
] as const)
  SPECIAL.addSubnet(net, prefix, 'ipv6');

export function isPublic(address: string): boolean {
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1];
  if (mapped !== undefined) return isPublic(mapped);
  if (isIP(address) === 4) return !SPECIAL.check(address, 'ipv4');
  return GLOBAL.check(address, 'ipv6') && !SPECIAL.check(address, 'ipv6');
}

/** Whether webhooks of this process may also go to a server on the same machine: in the local cloud, which is one. */
export function isLocalCloud(): boolean {
  const endpoint = process.env['AWS_ENDPOINT_URL'] ?? '';
  return URL.canParse(endpoint) && isLoopback(hostOf(new URL(endpoint)));
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127\.\d+\.\d+\.\d+$/.test(host);
}

function hostOf({ hostname }: URL): string {
  return hostname.replace(/^\[|\]$/g, '').toLowerCase();
}

/** What can be told of a URL without asking for addresses. @throws TrackingRefused */
export function checkWebhookUrl(text: string): URL {
  const refuse = (why: string): never => {
    throw new TrackingRefused('INVALID_PARAMETER_VALUE', `Invalid webhook URL: ${why}`);
  };
  if (text.length > 2048) return refuse(`it has ${text.length} characters; the limit is 2048.`);
  if (!URL.canParse(text)) return refuse('it is no URL.');
  const url = new URL(text);
  const host = hostOf(url);
  if (url.username !== '' || url.password !== '')
    return refuse('it has a user or a password, which everybody who lists webhooks would see.');
  if (isLocalCloud() && isLoopback(host) && /^https?:$/.test(url.protocol)) return url;
  if (url.protocol !== 'https:')
    return refuse(`its scheme is '${url.protocol.slice(0, -1)}'. Allowed schemes are: https.`);
  if (host === 'localhost' || host.endsWith('.localhost') || (isIP(host) !== 0 && !isPublic(host)))
    return refuse(`'${host}' is not reachable from elsewhere. It needs a public address.`);
  return url;
}

/** Resolves names for a request, and gives only addresses that a webhook may go to: those are the ones connected to. */
export const publicLookup: LookupFunction = (hostname, options, callback) => {
  resolve(hostname, { ...options, all: true }, (error, found) => {
    const addresses: readonly LookupAddress[] = error === null ? found : [];
    const allowed = addresses.filter(
      ({ address }) => isPublic(address) || (isLocalCloud() && isLoopback(hostname) && isLoopback(address)),
    );
    if (error !== null) callback(error, '');
    else if (allowed.length === 0)
      callback(
        new Error(`${hostname} has no public address: ${addresses.map((one) => one.address).join(', ')}`),
        '',
      );
    else if (options.all === true) callback(null, [...allowed]);
    else callback(null, allowed[0]?.address ?? '', allowed[0]?.family);
  });
};
