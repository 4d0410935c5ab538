/**
 * MLflow's page as files beside the code of a function: what the wheel has, compressed, as almost every browser takes it.
 * Source maps stay out: they are most of the older wheels, and nobody who looks at experiments needs them.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join, relative, sep } from 'node:path';
import { gzipSync } from 'node:zlib';
import { findPage } from '../../mlflow/page/find-page';
import { pageFileType } from '../../mlflow/page/serve-page';

/** A file of the page as the function knows it. */
export interface PageFile {
  /** Below the page's folder, e.g. `index.html` or `static/js/main.c2f5f8d4.js`. */
  readonly path: string;
  readonly type: string;
}

export interface BundledPageFile extends PageFile {
  /** By gzip. */
  readonly compressed: Uint8Array;
}

/**
 * The same wheel gives the same bytes.
 * @param wanted `auto`, or where the wheel is installed (lib/mlflow/page/find-page.ts), relative to the project
 * @throws PageNotFound
 */
export function bundlePage(wanted: string, projectRoot: string): BundledPageFile[] {
  const folder = findPage(wanted, projectRoot);
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && !entry.name.endsWith('.map'))
    .map((entry) => join(entry.parentPath, entry.name))
    .sort()
    .map((file) => {
      const path = relative(folder, file).split(sep).join('/');
      return { path, type: pageFileType(path), compressed: gzipSync(readFileSync(file), { level: 9 }) };
    });
}
