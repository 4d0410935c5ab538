/** S3's answers are XML documents with one namespace. */
export function xml(root: string, inner: string): string {
  return `<?xml version="1.0" encoding="UTF-8"?><${root} xmlns="http://s3.amazonaws.com/doc/2006-03-01/">${inner}</${root}>`;
}

/** @param raw true when `content` is XML already; text is escaped */
export function element(name: string, content: string, raw = false): string {
  return `<${name}>${raw ? content : escape(content)}</${name}>`;
}

export function list(wrapper: string, name: string, values: readonly string[]): string {
  return values.map((value) => `<${wrapper}><${name}>${escape(value)}</${name}></${wrapper}>`).join('');
}

function escape(text: string): string {
  return text.replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;').replace(/"/g, '&quot;');
}

export function unescapeXml(value: string): string {
  return value
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&quot;', '"')
    .replaceAll('&apos;', "'")
    .replaceAll('&#39;', "'")
    .replaceAll('&amp;', '&');
}
