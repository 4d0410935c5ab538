import { ElasticLoadBalancingV2Client } from '@aws-sdk/client-elastic-load-balancing-v2';
import { once, SETTINGS } from './settings';

export const loadBalancingClient = (): ElasticLoadBalancingV2Client =>
  once('load-balancing', () => new ElasticLoadBalancingV2Client(SETTINGS));
