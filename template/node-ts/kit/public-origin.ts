/** A host name or address, with an optional port. */
const HOST = /^([\w-]+(\.[\w-]+)*|\[[\da-f:.]+\])(:\d{1,5})?$/i;

type Headers = Readonly<Record<string, string | string[] | undefined>>;

/**
 * The origin by which the caller reached this server, such as `https://example.org`: from the headers of proxies, or
 * `Host`.
 * @returns an empty text if the headers do not say, so that a URL that begins with it is relative
 */
export function publicOrigin(headers: Headers): string {
  const host = firstOf(headers['x-forwarded-host']) || firstOf(headers.host);
  const scheme = firstOf(headers['x-forwarded-proto']).toLowerCase() === 'https' ? 'https' : 'http';
  return HOST.test(host) ? `${scheme}://${host}` : '';
}

/** With several proxies, the first value is that of the one the caller reached. */
function firstOf(header: string | string[] | undefined): string {
  return (
    String(header ?? '')
      .split(',', 1)[0]
      ?.trim() ?? ''
  );
}
