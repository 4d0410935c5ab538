/** The context values of MLflow's API: who is let in, and what they may do. */
import { SynthesisError } from './synthesis-error';

export interface MlflowSettings {
  /**
   * `mlflow-permissions`: file of permissions, relative to the project (docs/guides/permissions.md).
   * @default whoever is let in may do everything
   */
  readonly permissions?: string;
  /**
   * `mlflow-jwt-issuer` and `mlflow-jwt-audience`: tokens that let callers in, as in MLFLOW_TRACKING_TOKEN.
   * @default callers sign with IAM
   */
  readonly jwt?: { readonly issuer: string; readonly audience: readonly string[] };
  /**
   * `mlflow-page`: where a wheel of `mlflow` is installed, whose page is deployed: `auto`, or a path relative to the project.
   * The page lets in who signs in to the console, so it brings the console with it.
   * @default no page
   */
  readonly page?: string;
  /** `mlflow-or-filters`: filters may have OR and parentheses, which MLflow refuses. @default false */
  readonly orFilters: boolean;
}

/** @throws SynthesisError for a value that is not understood */
export function readMlflowSettings(get: (key: string) => unknown): MlflowSettings {
  const permissions = get('mlflow-permissions');
  const issuer = get('mlflow-jwt-issuer');
  const audience = get('mlflow-jwt-audience');
  const page = get('mlflow-page');
  if ((issuer === undefined) !== (audience === undefined)) {
    throw new SynthesisError(
      'CLOUD_CONTEXT',
      `The context value mlflow-jwt-${issuer === undefined ? 'audience' : 'issuer'} is given without mlflow-jwt-${issuer === undefined ? 'issuer' : 'audience'}.`,
      'A token is for an audience and of an issuer: write both, or leave both out to sign with IAM.',
    );
  }
  return {
    orFilters: switchOf(get('mlflow-or-filters') ?? false),
    ...(page === undefined || page === false || page === 'false' ? {} : { page: pageOf(page) }),
    ...(permissions === undefined ? {} : { permissions: fileOf(permissions) }),
    ...(issuer === undefined ? {} : { jwt: { issuer: issuerOf(issuer), audience: audienceOf(audience) } }),
  };
}

function switchOf(value: unknown): boolean {
  if (value === true || value === 'true') return true;
  if (value === false || value === 'false') return false;
  throw new SynthesisError(
    'CLOUD_CONTEXT',
    `The context value mlflow-or-filters is ${JSON.stringify(value)}, which is neither true nor false.`,
    'Write -c mlflow-or-filters=true, or leave it out.',
  );
}

function pageOf(value: unknown): string {
  if (value === true || value === 'true') return 'auto';
  if (typeof value === 'string' && value.trim() !== '') return value;
  throw new SynthesisError(
    'CLOUD_CONTEXT',
    `The context value mlflow-page is ${JSON.stringify(value)}, which names no place.`,
    'Write where the package mlflow is installed, e.g. -c mlflow-page=.venv, or -c mlflow-page=auto to have it looked for.',
  );
}

function fileOf(value: unknown): string {
  if (typeof value === 'string' && value.endsWith('.json')) return value;
  throw new SynthesisError(
    'CLOUD_CONTEXT',
    `The context value mlflow-permissions is ${JSON.stringify(value)}, which names no JSON file.`,
    'Write -c mlflow-permissions=mlflow-permissions.json, or leave it out.',
  );
}

function issuerOf(value: unknown): string {
  if (typeof value === 'string' && /^https:\/\/[^\s"'?#]+$/.test(value)) return value;
  throw new SynthesisError(
    'CLOUD_CONTEXT',
    `The context value mlflow-jwt-issuer is ${JSON.stringify(value)}, which is no address of an issuer of tokens.`,
    'Write the `iss` of the tokens, e.g. -c mlflow-jwt-issuer=https://cognito-idp.<region>.amazonaws.com/<user pool>.',
  );
}

function audienceOf(value: unknown): string[] {
  const found = typeof value === 'string' ? value.split(',').filter((one) => one.trim() !== '') : [];
  if (found.length > 0) return found.map((one) => one.trim());
  throw new SynthesisError(
    'CLOUD_CONTEXT',
    `The context value mlflow-jwt-audience is ${JSON.stringify(value)}, which names nobody.`,
    'Write the `aud` (or `client_id`) of the tokens, several with commas: -c mlflow-jwt-audience=<client id>.',
  );
}
