/**
 * Fields of requests as data: one description says what a request has, checks it, and gives it its type.
 * The words of the refusals are those of MLflow's server, as its tests and its clients' tests compare them.
 */
export type FieldKind =
  | { readonly kind: 'string' | 'int64' | 'double' | 'bool' }
  | { readonly kind: 'enum'; readonly numbers: Readonly<Record<string, number>> }
  | { readonly kind: 'message'; readonly fields: Fields };

export interface Field<T> {
  readonly type: FieldKind;
  readonly repeated: boolean;
  /** Absent, null and the empty text are refused. */
  readonly required: boolean;
  readonly default?: T;
}

export type Fields = Readonly<Record<string, Field<unknown>>>;

/** What a request holds when it has been read. */
export type Message<F extends Fields> = { readonly [K in keyof F]: F[K] extends Field<infer T> ? T : never };

const optional = <T>(type: FieldKind): Field<T | undefined> => ({ type, repeated: false, required: false });

export const string = optional<string>({ kind: 'string' });
/** A whole number; as text too, as JSON's numbers end at 2^53 elsewhere. */
export const int64 = optional<number>({ kind: 'int64' });
/** A number; `"NaN"`, `"Infinity"` and `"-Infinity"` too. */
export const double = optional<number>({ kind: 'double' });
export const bool = optional<boolean>({ kind: 'bool' });

/** By name or by number. */
export function enumeration<N extends string>(numbers: Readonly<Record<N, number>>): Field<N | undefined> {
  return optional<N>({ kind: 'enum', numbers });
}

export function message<F extends Fields>(fields: F): Field<Message<F> | undefined> {
  return optional<Message<F>>({ kind: 'message', fields });
}

export function list<T>(field: Field<T>): Field<readonly NonNullable<T>[]> {
  return { type: field.type, repeated: true, required: false, default: [] };
}

export function required<T>(field: Field<T>): Field<NonNullable<T>> {
  return { type: field.type, repeated: field.repeated, required: true };
}

export function withDefault<T>(field: Field<T>, value: NonNullable<T>): Field<NonNullable<T>> {
  return { type: field.type, repeated: field.repeated, required: false, default: value };
}
