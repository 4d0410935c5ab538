/**
 * Finds MLflow's own page: the built files that every `mlflow` wheel has in `mlflow/server/js/build`. Nothing of it is part of
 * this project.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { DoNotRetry } from '../../model/errors';

/** There is no page where it was looked for. */
export class PageNotFound extends DoNotRetry {
  override readonly name = 'Millrace.PageNotFound';
}

const BUILD = join('server', 'js', 'build');
const WHERE =
  'import importlib.util as u; s = u.find_spec("mlflow"); print(s.submodule_search_locations[0] if s else "")';

/**
 * Folder with `index.html`.
 * @param wanted `auto`, or a path: the built files, the package `mlflow`, or a virtual environment that has it. `auto` asks
 * MILLRACE_PYTHON, the active virtual environment, `.venv` below `directory`, and `python3`, in this order.
 * @throws PageNotFound
 */
export function findPage(wanted: string, directory: string): string {
  return wanted === 'auto' ? ofInterpreters(directory) : ofPath(resolve(directory, wanted));
}

function ofPath(path: string): string {
  const places = [path, join(path, BUILD), ...packagesOf(path).map((folder) => join(folder, BUILD))];
  const found = places.find((place) => existsSync(join(place, 'index.html')));
  if (found !== undefined) return found;
  throw new PageNotFound(
    `There is no page of MLflow in ${path}. Name the folder with its index.html, the folder of the package 'mlflow' or a virtual environment that has it; 'mlflow-skinny' has no page.`,
  );
}

/** Packages `mlflow` of a virtual environment, as Linux, macOS and Windows lay it out. */
function packagesOf(environment: string): string[] {
  const lib = join(environment, 'lib');
  const pythons = existsSync(lib) ? readdirSync(lib).filter((name) => name.startsWith('python')) : [];
  return [...pythons.map((name) => join(lib, name)), join(environment, 'Lib')].map((folder) =>
    join(folder, 'site-packages', 'mlflow'),
  );
}

function ofInterpreters(directory: string): string {
  const named = process.env['MILLRACE_PYTHON'];
  const environment = process.env['VIRTUAL_ENV'];
  const pythons = [
    ...(named === undefined ? [] : [named]),
    ...(environment === undefined ? [] : [join(environment, 'bin', 'python')]),
    join(directory, '.venv', 'bin', 'python'),
    'python3',
  ];
  for (const python of pythons) {
    const { status, stdout } = spawnSync(python, ['-c', WHERE], { encoding: 'utf8' });
    const build = status === 0 && stdout.trim() !== '' ? join(stdout.trim(), BUILD) : undefined;
    if (build !== undefined && existsSync(join(build, 'index.html'))) return build;
  }
  throw new PageNotFound(
    `None of these interpreters has the package 'mlflow' with its page: ${pythons.join(', ')}. Install it (python3 -m venv .venv && .venv/bin/pip install mlflow), or name its place in place of 'auto'.`,
  );
}
