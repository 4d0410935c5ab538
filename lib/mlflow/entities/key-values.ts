/** A record as the list that MLflow's messages have. */
export function keyValues(record: Readonly<Record<string, string>>): object[] {
  return Object.entries(record).map(([key, value]) => ({ key, value }));
}

/** Under its own name only: keys may be called like members of every object. */
export function own<T>(record: Readonly<Record<string, T>>, key: string): T | undefined {
  return Object.hasOwn(record, key) ? record[key] : undefined;
}
