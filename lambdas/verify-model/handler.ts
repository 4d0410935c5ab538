import { renderCriteria } from '../../lib/reports/criteria-page';
import { taskHandler } from '../../lib/runtime/task-handler';
import { tryCriteria } from '../../lib/serving/criteria';
import type { Verified } from '../../lib/serving/criterion';
import { findEndpoint } from '../../lib/serving/endpoint';
import { readHeldOut, scoresOf } from '../../lib/serving/held-out-scores';
import { required, versionMaterial } from '../../lib/serving/version-material';
import { versionOfAlias } from '../../lib/serving/version-of-alias';
import { verifyModel } from '../../lib/tasks/verify-model';

export const handler = taskHandler(verifyModel, async (input, context) => {
  const { objects } = context;
  const version = await versionOfAlias(input.name, input.version);
  const material = await versionMaterial(objects, input.name, version);
  const rows = await readHeldOut(
    objects,
    required(material.test, 'held-out rows', material),
    required(material.target, 'target that follows from its data', material),
    material.classes,
  );
  const endpoint = input.endpoint === undefined ? undefined : await findEndpoint(input.endpoint);
  const current = endpoint?.stable ?? undefined;
  let served: Verified['served'];
  if (current !== undefined && current !== version) {
    const before = await versionMaterial(objects, input.name, current);
    served = { model: before.served, scores: await scoresOf(objects, before.ref, rows) };
  }
  const results = tryCriteria({
    criteria: input.criteria,
    material,
    rows,
    scores: await scoresOf(objects, material.ref, rows),
    ...(served === undefined ? {} : { served }),
  });
  const failed = results.filter(({ passed }) => !passed);
  const reason =
    failed.length === 0
      ? `Version ${version} of ${input.name} meets all ${results.length} criteria`
      : `Version ${version} of ${input.name} fails ${failed.length} of ${results.length} criteria: ${failed
          .map(({ criterion, value, limit }) => `${criterion} is ${value}, asked for is ${limit}`)
          .join('; ')}`;
  const prefix = `reports/${context.run.pipeline}/${context.run.id}/${context.task}`;
  const passed = failed.length === 0;
  const [json, report] = await Promise.all([
    objects.putBytes(
      `${prefix}.json`,
      JSON.stringify({ model: input.name, version, passed, reason, results }, null, 2),
      { contentType: 'application/json' },
    ),
    objects.putBytes(
      `${prefix}.html`,
      renderCriteria({ title: `${input.name}, version ${version}`, subtitle: reason, results }),
      { contentType: 'text/html; charset=utf-8' },
    ),
  ]);
  context.log.info('Verified', { passed, reason });
  return { passed, version, reason, results, report, json };
});
