import { listGroups } from '../../serving/feature-groups';
import type { FeatureGroupView } from '../views/data';

export async function readFeatureGroups(): Promise<FeatureGroupView[]> {
  return (await listGroups()).map(({ name, entity, eventTime, columns }) => ({
    name,
    entity,
    eventTime,
    features: columns.map((column) => ({ name: column.name, type: column.type })),
  }));
}
