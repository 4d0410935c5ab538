/** What is known of data besides who read it. */
export interface DatasetCheck {
  readonly pipeline: string;
  readonly task: string;
  readonly runId: string;
  readonly logicalDate: string;
  readonly kind: 'validation' | 'anomalies' | 'profile';
  /** SHA-256 of the dataset that was looked at. */
  readonly dataset: string;
  readonly rows: number | null;
  /** `null` for a profile, which finds nothing wrong or right. */
  readonly passed: boolean | null;
  /** In words: how many expectations, which anomalies, which alerts. */
  readonly summary: string;
  /** Key of the report. */
  readonly report: string | null;
}

export interface FeatureGroupView {
  readonly name: string;
  readonly entity: readonly string[];
  readonly eventTime: string;
  readonly features: readonly { readonly name: string; readonly type: string }[];
}
