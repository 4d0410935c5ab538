import { mlflowError } from '../../lib/mlflow/mlflow-error';

const aws = (name: string, httpStatusCode?: number) =>
  Object.assign(new Error('what AWS said'), {
    name,
    ...(httpStatusCode === undefined ? {} : { $metadata: { httpStatusCode } }),
  });

describe('an error of AWS', () => {
  it.each([
    [aws('ThrottlingException', 400), 'TEMPORARILY_UNAVAILABLE', 503],
    [aws('SlowDown', 503), 'TEMPORARILY_UNAVAILABLE', 503],
    [aws('AccessDeniedException', 400), 'PERMISSION_DENIED', 403],
    [aws('NoSuchUpload', 404), 'RESOURCE_DOES_NOT_EXIST', 404],
    [aws('ValidationException', 400), 'BAD_REQUEST', 400],
    [aws('InternalServerError', 500), 'INTERNAL_ERROR', 500],
    [aws('TypeError'), 'INTERNAL_ERROR', 500],
  ])('%s is %s for clients, who repeat 5xx for minutes', (thrown, code, status) => {
    expect(mlflowError(thrown)).toMatchObject({ code, status, message: 'what AWS said' });
  });

  it('may be something that is no error at all', () => {
    expect(mlflowError('text')).toMatchObject({ code: 'INTERNAL_ERROR', message: 'text' });
    expect(mlflowError(undefined)).toMatchObject({ code: 'INTERNAL_ERROR' });
  });
});
