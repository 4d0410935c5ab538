/** Where the variables and connections of a stage are kept. */
export const variablesPath = (stage: string): string => `/millrace-${stage}/variables`;
export const connectionsPath = (stage: string): string => `/millrace-${stage}/connections`;
export const variablePlace = (stage: string, name: string): string => `${variablesPath(stage)}/${name}`;

export function connectionPlace(
  stage: string,
  name: string,
  from: 'parameter' | 'secrets-manager' = 'parameter',
): string {
  const place = `${connectionsPath(stage)}/${name}`;
  return from === 'parameter' ? place : secretReference(place.slice(1));
}

/** SSM reads secrets of Secrets Manager too, under a prefix of its own. */
function secretReference(name: string): string {
  return `/aws/reference/secretsmanager/${name}`;
}
