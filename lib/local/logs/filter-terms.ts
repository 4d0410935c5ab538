/**
 * Filter patterns of CloudWatch Logs for unstructured lines: terms that must all be there, or terms of which one must be
 * there (`?a ?"b c"`). Quotes and backslashes within a term are escaped by a backslash.
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/FilterAndPatternSyntax.html
 */
export function matchesTerms(pattern: string, line: string): boolean {
  const terms = [...pattern.matchAll(/(\?|-)?(?:"((?:[^"\\]|\\.)*)"|([^\s"]+))/g)].map(
    ([, sign, quoted, plain]) => ({ sign, text: quoted?.replace(/\\(.)/g, '$1') ?? plain ?? '' }),
  );
  const any = terms.filter(({ sign }) => sign === '?');
  return (
    terms.every(({ sign, text }) => sign === '?' || line.includes(text) !== (sign === '-')) &&
    (any.length === 0 || any.some(({ text }) => line.includes(text)))
  );
}
