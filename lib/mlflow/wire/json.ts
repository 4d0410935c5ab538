/**
 * JSON as protocol buffers write it: what is absent or an empty list is left out, numbers that JSON lacks are text.
 */
export function toJson(value: unknown): string {
  return JSON.stringify(value, (_name, member: unknown) => {
    if (Array.isArray(member) && member.length === 0) return undefined;
    return typeof member === 'number' && !Number.isFinite(member) ? String(member) : member;
  });
}
