/** Something scarce that tasks share. */
export interface PoolDefinition {
  readonly name: string;
  readonly slots: number;
}
