/**
 * Members of requests and answers as SDK integrations write them, all with a capital, and as the protocols of the services
 * have them.
 */
type Rename = (value: unknown) => unknown;

interface Names {
  readonly request: Rename;
  readonly answer: Rename;
}

const small = (name: string) => name.charAt(0).toLowerCase() + name.slice(1);
const capital = (name: string) => name.charAt(0).toUpperCase() + name.slice(1);

/** By name of the service; the others are the same on both sides. */
export const MEMBER_NAMES: Readonly<Record<string, Names>> = {
  sfn: { request: (value) => renamed(value, small), answer: (value) => renamed(value, capital) },
  rdsdata: { request: (value) => deep(value, small), answer: (value) => deep(value, capital) },
  // Its own members begin with a capital, those of parameters, columns and values do not.
  redshiftdata: {
    request: (value) => {
      const request = value as Readonly<Record<string, unknown>>;
      return 'Parameters' in request
        ? { ...request, Parameters: deep(request['Parameters'], small) }
        : request;
    },
    answer: (value) => deep(value, capital),
  },
};

function renamed(value: unknown, rename: (name: string) => string): unknown {
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [rename(name), member as unknown]));
}

function deep(value: unknown, rename: (name: string) => string): unknown {
  if (Array.isArray(value)) return value.map((item: unknown) => deep(item, rename));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, member]) => [rename(name), deep(member, rename)]),
  );
}
