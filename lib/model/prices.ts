/**
 * On-demand list prices, US dollars, us-east-1, read from the AWS price pages in November 2026.
 * Other regions differ by up to about a fifth. The free tier is not deducted.
 */
export const PRICES = {
  region: 'us-east-1',
  asOf: '2026-11',
  /** Step Functions Standard, per state transition. */
  stateTransition: 0.025 / 1000,
  /** Lambda, per GB-second, by architecture. */
  lambdaGbSecond: { arm64: 0.0000133334, x86_64: 0.0000166667 },
  /** Fargate, also under Batch, Linux: per vCPU-second and per GB-second; a minute at least. */
  fargateVcpuSecond: { arm64: 0.03238 / 3600, x86_64: 0.04048 / 3600 },
  fargateGbSecond: { arm64: 0.00356 / 3600, x86_64: 0.004445 / 3600 },
  lambdaRequest: 0.2 / 1_000_000,
  /** `/tmp` beyond the free 512 MB, per GB-second. */
  lambdaEphemeralGbSecond: 0.0000000309,
  /** DynamoDB on demand: write and read request units. */
  dynamoWriteUnit: 0.625 / 1_000_000,
  dynamoReadUnit: 0.125 / 1_000_000,
  /** EventBridge: an event that is put on a bus of one's own, at most 64 KB. */
  eventBridgeEvent: 1 / 1_000_000,
  s3Put: 0.005 / 1000,
  s3Get: 0.0004 / 1000,
  /** CloudWatch Logs ingestion, per GB. */
  logsGb: 0.5,
} as const;

export type Architecture = keyof typeof PRICES.lambdaGbSecond;
