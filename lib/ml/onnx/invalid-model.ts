import { DoNotRetry } from '../../model/errors';

/** A model file that is damaged, of another kind or version, or needs what is not here. */
export class InvalidModel extends DoNotRetry {
  override readonly name = 'Millrace.InvalidModel';
}
