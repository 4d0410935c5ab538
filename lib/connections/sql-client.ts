/** What the clients of databases have in common. */
export interface SqlClient {
  /**
   * Runs one statement. Values are bound, never part of the text: `$1` in PostgreSQL, `?` in MySQL.
   * Rows are objects by column; of a statement that returns none, `rows` is empty.
   */
  // Whoever asks knows the columns; nothing else can.
  // oxlint-disable-next-line typescript/no-unnecessary-type-parameters
  query<Row extends object = Record<string, unknown>>(
    sql: string,
    values?: readonly unknown[],
  ): Promise<{ readonly rows: readonly Row[]; readonly changed: number }>;
  /** Commits what the body did, or takes all of it back when it throws. */
  transaction<T>(body: () => Promise<T>): Promise<T>;
}

export async function inTransaction<T>(
  run: (sql: string) => Promise<unknown>,
  body: () => Promise<T>,
): Promise<T> {
  await run('BEGIN');
  try {
    const made = await body();
    await run('COMMIT');
    return made;
  } catch (error) {
    // The first fault counts, also when the connection is gone.
    await run('ROLLBACK').catch(() => {});
    throw error;
  }
}
