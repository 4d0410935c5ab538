/** Builders of the shipped tasks. */
import { compareWithChampion as compareWithChampionContract } from '../tasks/compare-with-champion';
import { evaluateModels as evaluateModelsContract } from '../tasks/evaluate-models';
import { ingestCsv as ingestCsvContract } from '../tasks/ingest-csv';
import { notify as notifyContract } from '../tasks/notify';
import { prepareFeatures as prepareFeaturesContract } from '../tasks/prepare-features';
import { profileDataset as profileDatasetContract } from '../tasks/profile-dataset';
import { promoteModel as promoteModelContract } from '../tasks/promote-model';
import { registerModel as registerModelContract } from '../tasks/register-model';
import { selectBest as selectBestContract } from '../tasks/select-best';
import { trainGradientBoosting as trainGradientBoostingContract } from '../tasks/train-gradient-boosting';
import { trainLogisticRegression as trainLogisticRegressionContract } from '../tasks/train-logistic-regression';
import { trainRandomForest as trainRandomForestContract } from '../tasks/train-random-forest';
import { validateDataset as validateDatasetContract } from '../tasks/validate-dataset';
import { task } from './task';

export const ingestCsv = task(ingestCsvContract);
export const validateDataset = task(validateDatasetContract);
export const profileDataset = task(profileDatasetContract);
export const prepareFeatures = task(prepareFeaturesContract);
export const trainRandomForest = task(trainRandomForestContract);
export const trainLogisticRegression = task(trainLogisticRegressionContract);
export const trainGradientBoosting = task(trainGradientBoostingContract);
export const evaluateModels = task(evaluateModelsContract);
export const selectBest = task(selectBestContract);
export const registerModel = task(registerModelContract);
export const compareWithChampion = task(compareWithChampionContract);
export const promoteModel = task(promoteModelContract);
export const notify = task(notifyContract);
