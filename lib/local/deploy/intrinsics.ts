/** Resolves the intrinsic functions of a template against what has been deployed so far. */
export interface Resolution {
  /** Value of `Ref` to a resource or a parameter; `undefined` while it is not deployed. */
  ref(logicalId: string): unknown;
  getAtt(logicalId: string, attribute: string): unknown;
  condition(name: string): boolean;
}

export class UnresolvedReference extends Error {
  override readonly name = 'UnresolvedReference';
}

export function resolveIntrinsics(value: unknown, to: Resolution): unknown {
  if (Array.isArray(value))
    return value.map((item) => resolveIntrinsics(item, to)).filter((item) => item !== NO_VALUE);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value);
  const [only] = entries;
  if (entries.length === 1 && only !== undefined) {
    const [name, argument] = only;
    const intrinsic = INTRINSICS[name];
    if (intrinsic !== undefined) return intrinsic(argument, to);
  }
  return Object.fromEntries(
    entries
      .map(([name, member]) => [name, resolveIntrinsics(member, to)])
      .filter(([, member]) => member !== NO_VALUE),
  );
}

const NO_VALUE = Symbol('AWS::NoValue');

const INTRINSICS: Readonly<Record<string, (argument: unknown, to: Resolution) => unknown>> = {
  Ref: (argument, to) =>
    argument === 'AWS::NoValue' ? NO_VALUE : known(to.ref(String(argument)), String(argument)),
  'Fn::GetAtt': (argument, to) => {
    const [id = '', ...attribute] = Array.isArray(argument)
      ? argument.map(String)
      : String(argument).split('.');
    return known(to.getAtt(id, attribute.join('.')), `${id}.${attribute.join('.')}`);
  },
  'Fn::Sub': (argument, to) => {
    const [template, variables] = Array.isArray(argument)
      ? [String(argument[0]), resolveIntrinsics(argument[1], to) as Record<string, unknown>]
      : [String(argument), {}];
    return template.replace(/\$\{(!?)([^}]+)\}/g, (_whole, literal: string, name: string) => {
      if (literal === '!') return `\${${name}}`;
      if (name in variables) return String(variables[name]);
      const dot = name.indexOf('.');
      return String(
        dot < 0 ? known(to.ref(name), name) : known(to.getAtt(name.slice(0, dot), name.slice(dot + 1)), name),
      );
    });
  },
  'Fn::Join': (argument, to) => {
    const [separator, parts] = argument as [string, unknown];
    return (resolveIntrinsics(parts, to) as unknown[]).map(String).join(separator);
  },
  'Fn::Select': (argument, to) => {
    const [index, items] = resolveIntrinsics(argument, to) as [number | string, unknown[]];
    return items[Number(index)];
  },
  'Fn::Split': (argument, to) => {
    const [separator, text] = resolveIntrinsics(argument, to) as [string, string];
    return text.split(separator);
  },
  'Fn::If': (argument, to) => {
    const [name, yes, no] = argument as [string, unknown, unknown];
    return resolveIntrinsics(to.condition(name) ? yes : no, to);
  },
  'Fn::Equals': (argument, to) => {
    const [left, right] = resolveIntrinsics(argument, to) as unknown[];
    return JSON.stringify(left) === JSON.stringify(right);
  },
  'Fn::Not': (argument, to) => !(resolveIntrinsics(argument, to) as unknown[])[0],
  'Fn::And': (argument, to) => (resolveIntrinsics(argument, to) as unknown[]).every(Boolean),
  'Fn::Or': (argument, to) => (resolveIntrinsics(argument, to) as unknown[]).some(Boolean),
};

function known(value: unknown, what: string): unknown {
  if (value === undefined) throw new UnresolvedReference(what);
  return value;
}
