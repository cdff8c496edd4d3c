/** A name or an address, with a port where there is one. */
const HOST = /^([\w-]+(\.[\w-]+)*|\[[\da-f:.]+\])(:\d{1,5})?$/i;

type Headers = Readonly<Record<string, string | string[] | undefined>>;

/**
 * Where a caller reached this server, such as `https://example.org`: what proxies add to a request, else its `Host`.
 * @returns an empty text where the headers do not say, so that an address that begins with it is a relative one
 */
export function publicOrigin(headers: Headers): string {
  const host = firstOf(headers['x-forwarded-host']) || firstOf(headers.host);
  const scheme = firstOf(headers['x-forwarded-proto']).toLowerCase() === 'https' ? 'https' : 'http';
  return HOST.test(host) ? `${scheme}://${host}` : '';
}

/** Of several proxies, the one that the caller spoke to wrote first. */
function firstOf(header: string | string[] | undefined): string {
  return (
    String(header ?? '')
      .split(',', 1)[0]
      ?.trim() ?? ''
  );
}
