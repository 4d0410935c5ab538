import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { PipelineSummary } from '../cloud/summary';
import type { CodeVersion } from '../model/run-context';
import type { Connection } from './connect';

/** What the last synthesis said of a pipeline; nothing when it never was in one here. */
export function summaryOf(connection: Connection, pipeline: string): PipelineSummary | undefined {
  const places = [
    join(connection.project.stateDirectory, 'cdk.out'),
    join(connection.project.root, 'cdk.out'),
  ];
  for (const place of places) {
    const file = join(place, 'millrace.json');
    if (!existsSync(file)) continue;
    const summary = JSON.parse(readFileSync(file, 'utf8')) as { pipelines: PipelineSummary[] };
    const found = summary.pipelines.find((candidate) => candidate.id === pipeline);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** The commit that was synthesised last, here; `unknown` when nothing was. */
export function codeOf(connection: Connection): CodeVersion {
  const file = join(connection.project.stateDirectory, 'cdk.out', 'millrace.json');
  if (!existsSync(file)) return { commit: 'unknown', dirty: false };
  return (JSON.parse(readFileSync(file, 'utf8')) as { code: CodeVersion }).code;
}
