import type { z } from 'zod';

/**
 * A text as a schema wants it: as it is, or else as JSON. So a variable that is a text needs no quotes, and one that is a
 * number is no text.
 */
export function parseText(
  schema: z.ZodType,
  text: string,
): { readonly value: unknown } | { readonly fault: string } {
  const plain = schema.safeParse(text);
  if (plain.success) return { value: plain.data };
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    return { fault: faultOf(plain.error) };
  }
  const parsed = schema.safeParse(json);
  return parsed.success ? { value: parsed.data } : { fault: faultOf(parsed.error) };
}

/** Says what is wrong without quoting the value, which may be secret. */
export function faultOf(error: z.ZodError): string {
  return error.issues
    .map(({ path, message }) => (path.length === 0 ? message : `${path.map(String).join('.')}: ${message}`))
    .join('; ');
}
