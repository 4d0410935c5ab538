import { userInfo } from 'node:os';

/** Who asks, for the audit. */
export function currentUser(): string {
  try {
    return userInfo().username;
  } catch {
    return 'unknown';
  }
}
