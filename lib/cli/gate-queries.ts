/** Gates of registered models: read, tried and declared. */
import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { promotionGates, settledGates, type GateResult, type PromotionGates } from '../tasks/promotion-gates';
import { reportDrift, setGates } from '../tracking/gate-records';
import { tryGates } from '../tracking/gates';
import type { DriftAlarm } from '../tracking/judge-gates';
import { versionOf, versionsOf } from '../tracking/model-versions';
import type { Stage } from '../tracking/registered-models';
import { currentUser } from './ask-launcher';
import { CliError, EXIT } from './cli-error';
import { findRegisteredModel } from './find-model';
import { withRefusals } from './refusals';

export interface TriedGates {
  readonly name: string;
  readonly declared: PromotionGates | null;
  /** That was tried; `null`: there is none. */
  readonly version: string | null;
  readonly results: readonly GateResult[];
  readonly alarms: readonly DriftAlarm[];
}

export type GateChange =
  | { readonly kind: 'set'; readonly file: string; readonly reason: string }
  | { readonly kind: 'clear'; readonly reason: string }
  | { readonly kind: 'close-alarm'; readonly monitor: string; readonly reason: string };

/** Without alias and stage, before all that the gates stand before. @throws CliError */
export async function readGates(
  name: string,
  asked: { readonly modelVersion?: string; readonly alias?: string; readonly toStage?: Stage },
): Promise<TriedGates> {
  const model = await findRegisteredModel(name);
  const { gates } = model;
  const version =
    asked.modelVersion === undefined
      ? (await versionsOf(model))[0]
      : await withRefusals({ where: name, remedy: `See \`millrace models ${name}\`.` }, () =>
          versionOf(model, asked.modelVersion ?? ''),
        );
  const any = asked.alias === undefined && asked.toStage === undefined;
  const results =
    version === undefined
      ? []
      : await tryGates(model, version, {
          alias: any ? gates?.aliases.find((alias) => model.aliases[alias] !== version.version) : asked.alias,
          stage: any ? gates?.stages.find((stage) => stage !== version.stage) : asked.toStage,
          by: currentUser(),
        });
  return {
    name,
    declared: gates ?? null,
    version: version?.version ?? null,
    results,
    alarms: Object.values(model.driftAlarms ?? {}),
  };
}

/** @throws CliError */
export async function changeGates(name: string, change: GateChange, by: string): Promise<void> {
  const model = await findRegisteredModel(name);
  const { reason } = change;
  if (change.kind === 'set') return setGates(name, gatesIn(change.file), { by, reason });
  if (change.kind === 'clear') return setGates(name, null, { by, reason });
  if (model.driftAlarms?.[change.monitor] === undefined)
    throw new CliError(`${name} has no open alarm of '${change.monitor}'.`, {
      code: EXIT.usage,
      where: '--close-alarm',
      remedy: `Open: ${Object.keys(model.driftAlarms ?? {}).join(', ') || 'none'}.`,
    });
  return reportDrift(name, { monitor: change.monitor, drifted: false, reason, by });
}

function gatesIn(file: string): PromotionGates {
  const remedy = 'See docs/guides/promotion.md for what gates look like.';
  let value: unknown;
  try {
    value = JSON.parse(readFileSync(file, 'utf8'));
  } catch (cause) {
    throw new CliError(`${file} cannot be read as JSON: ${(cause as Error).message}`, {
      code: EXIT.usage,
      where: '--set',
      remedy,
      cause: cause as Error,
    });
  }
  const { data, error } = promotionGates.safeParse(value);
  if (data !== undefined) return settledGates(data);
  throw new CliError(`${file} holds no gates:\n${z.prettifyError(error)}`, {
    code: EXIT.usage,
    where: '--set',
    remedy,
  });
}
