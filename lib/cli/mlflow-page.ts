import type { Guest } from '../local/service';
import { CliError, EXIT } from './cli-error';

/** MLflow's page for the port of the local cloud, and the path that it has there. @throws CliError when there is none */
export function findMlflowPage(wanted: string | true): Guest & { readonly path: string } {
  const { findPage, PageNotFound } =
    require('../mlflow/page/find-page') as typeof import('../mlflow/page/find-page');
  const { mlflowPage, PAGE_PATH } =
    require('../mlflow/page/serve-page') as typeof import('../mlflow/page/serve-page');
  try {
    return { ...mlflowPage(findPage(wanted === true ? 'auto' : wanted, process.cwd())), path: PAGE_PATH };
  } catch (error) {
    if (!(error instanceof PageNotFound)) throw error;
    throw new CliError(error.message, {
      code: EXIT.usage,
      where: '--mlflow-ui',
      remedy: 'Write --mlflow-ui <place>; without --mlflow-ui everything but the page is there.',
      cause: error,
    });
  }
}
