import { NotReady } from 'millrace';
import { openGoogleCloudStorage } from 'millrace/connections/google-cloud-storage';
import { taskHandler } from 'millrace/task';
import { exportedFile, lake } from '../../tasks/exported-file';

export const handler = taskHandler(exportedFile, async ({ name }, context) => {
  const found = await (await openGoogleCloudStorage(context, lake)).head(name);
  if (found === undefined) throw new NotReady(`There is no ${name} yet.`);
  return { bytes: found.bytes };
});
