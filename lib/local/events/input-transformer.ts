/** EventBridge's input transformers. Source: https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-transform-target-input.html */
export interface InputTransformer {
  readonly InputPathsMap?: Readonly<Record<string, string>>;
  readonly InputTemplate: string;
}

/** Fills the template; a value that is not there leaves nothing, a text without quotes around it gets them. */
export function transformInput(
  { InputPathsMap = {}, InputTemplate }: InputTransformer,
  event: unknown,
): string {
  return InputTemplate.replace(
    /("?)<([\w.-]+)>("?)/g,
    (_whole, before: string, name: string, after: string) => {
      const path = InputPathsMap[name];
      const value = path === undefined ? undefined : valueAt(event, path);
      if (before === '"' && after === '"')
        return JSON.stringify(
          typeof value === 'string' ? value : value === undefined ? '' : JSON.stringify(value),
        );
      return `${before}${value === undefined ? '""' : JSON.stringify(value)}${after}`;
    },
  );
}

function valueAt(event: unknown, path: string): unknown {
  let here = event;
  for (const segment of path.replace(/^\$\.?/, '').split('.')) {
    if (segment === '') continue;
    here = typeof here === 'object' && here !== null ? (here as Record<string, unknown>)[segment] : undefined;
  }
  return here;
}
