import { renderAudit } from '../reports/audit-page';
import type { ModelAudit } from './model-audit';

export function auditPage(audit: ModelAudit): string {
  const { version, pipelineRun } = audit;
  const facts: (readonly [string, string])[] = [
    ['Stage', version.stage],
    ['Aliases', audit.aliases.join(', ') || 'none'],
    ['Endpoints', audit.serving.map(({ endpoint, as }) => `${endpoint} (${as})`).join(', ') || 'none'],
    ['Registered', version.createdAt],
    ['Files', version.source],
    [
      'Commit',
      version.lineage === undefined
        ? 'unknown'
        : `${version.lineage.commit}${version.lineage.dirty ? ', with changes' : ''}`,
    ],
    [
      'Run of the pipeline',
      pipelineRun === undefined ? 'unknown' : `${pipelineRun.runId}, ${pipelineRun.status}`,
    ],
    ...Object.entries(version.tags).map(([name, value]) => [`Tag ${name}`, value] as const),
  ];
  return renderAudit({
    title: `Audit of ${audit.model}, version ${version.version}`,
    subtitle: version.description,
    facts,
    story: audit.story,
    metrics: audit.training?.metrics ?? {},
    params: audit.training?.params ?? {},
    datasets: audit.training?.inputs ?? [],
    lineage: audit.lineage.nodes,
  });
}
