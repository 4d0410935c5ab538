import { DoNotRetry } from '../model/errors';

/** The data cannot be learned from, or read at all. */
export class InvalidDataset extends DoNotRetry {
  override readonly name = 'Millrace.InvalidDataset';
}
