/** How a request can be written down. */
export type CopyFormat = 'curl' | 'faas-cli' | 'fetch' | 'python' | 'url';

export interface Request {
  /** Of transform-fn. */
  address: string;
  query: Record<string, string>;
  /** The name of the picture's file, unless the query names its address. */
  file?: string;
  /** The name of a second picture's file, which belongs in the field `watermark`. */
  second?: string;
  /** The file to write. */
  result: string;
}

/** What to type, to run or to open so that the same comes out; nothing where it cannot be had that way. */
export function written(format: CopyFormat, request: Request): string | undefined {
  const safe = { ...request };
  if (request.file !== undefined) safe.file = fileName(request.file, 'photo.jpg');
  if (request.second !== undefined) safe.second = fileName(request.second, 'second.png');
  if (format === 'url') return safe.file === undefined && safe.second === undefined ? addressOf(safe) : undefined;
  return { curl, 'faas-cli': faasCli, fetch: javascript, python }[format](safe);
}

function curl(request: Request): string {
  const { address, query, file, second, result } = request;
  if (second === undefined) {
    const body = file === undefined ? '' : ` --data-binary @${quoted(file)}`;
    return `curl -f${body} ${quoted(addressOf(request))} -o ${result}`;
  }
  // curl reads ";" in -F as its own.
  const fields = Object.entries(query).map(([name, value]) => ` --form-string ${quoted(`${name}=${value}`)}`);
  const image = file === undefined ? '' : ` -F ${quoted(`image=@${file}`)}`;
  return `curl -f${image} -F ${quoted(`watermark=@${second}`)}${fields.join('')} ${quoted(address)} -o ${result}`;
}

function faasCli({ query, file, second, result }: Request): string {
  const invoke = 'faas-cli invoke transform-fn';
  if (second === undefined) {
    // faas-cli encodes them itself.
    const queries = Object.entries(query).map(([name, value]) => ` --query ${quoted(`${name}=${value}`)}`);
    const input = file === undefined ? '/dev/null' : quoted(file);
    return `${invoke}${queries.join('')} < ${input} > ${result} && ${withoutWarning(result)}`;
  }
  // It sends one body: both pictures as JSON.
  const files = [...(file === undefined ? [] : [['image', file]]), ['watermark', second]];
  const pieces = files.map(
    ([name, one]) => `printf ',"${name}":"'; base64 < ${quoted(one ?? '')} | tr -d '\\n'; printf '"'`,
  );
  const options = JSON.stringify(query).slice(0, -1);
  const body = `{ printf %s ${quoted(options)}; ${pieces.join('; ')}; printf '}'; }`;
  return `${body} | ${invoke} > ${result} && ${withoutWarning(result)}`;
}

/** Without a login, faas-cli prints a warning into the result, as its first line. */
function withoutWarning(result: string): string {
  return `perl -ni -e 'print unless $. == 1 && /^Failed to lookup auth config/' ${result}`;
}

function javascript(request: Request): string {
  const { address, query, file, second, result } = request;
  const text = (value: string): string => JSON.stringify(value);
  const lines = [`const { openAsBlob, promises: { writeFile } } = await import('node:fs');`];
  const options = [`method: 'POST'`];
  if (second !== undefined) {
    lines.push('const body = new FormData();');
    for (const [name, value] of Object.entries(query)) lines.push(`body.append(${text(name)}, ${text(value)});`);
    if (file !== undefined) lines.push(`body.append('image', await openAsBlob(${text(file)}));`);
    lines.push(`body.append('watermark', await openAsBlob(${text(second)}));`);
    options.push('body');
  } else if (file !== undefined) options.push(`body: await openAsBlob(${text(file)})`);
  const target = second === undefined ? addressOf(request) : address;
  lines.push(
    `const answer = await fetch(${text(target)}, { ${options.join(', ')} });`,
    'if (!answer.ok) throw new Error(await answer.text());',
    `await writeFile(${text(result)}, new Uint8Array(await answer.arrayBuffer()));`,
  );
  return `${lines.join('\n')}\n`;
}

function python({ address, query, file, second, result }: Request): string {
  const text = (value: string): string => JSON.stringify(value);
  const entries = Object.entries(query).map(([name, value]) => `${text(name)}: ${text(value)}`);
  const read = (name: string): string => `base64.b64encode(open(${text(name)}, "rb").read()).decode()`;
  const lines = ['import base64, json, urllib.request', `body = {${entries.join(', ')}}`];
  if (file !== undefined) lines.push(`body["image"] = ${read(file)}`);
  if (second !== undefined) lines.push(`body["watermark"] = ${read(second)}`);
  lines.push(
    'headers = {"Content-Type": "application/json"}',
    `request = urllib.request.Request(${text(address)}, json.dumps(body).encode(), headers)`,
    `open(${text(result)}, "wb").write(urllib.request.urlopen(request).read())`,
  );
  return `${lines.join('\n')}\n`;
}

function addressOf({ address, query }: Request): string {
  const pairs = Object.entries(query).map(([name, value]) => `${name}=${readable(value)}`);
  return pairs.length > 0 ? `${address}?${pairs.join('&')}` : address;
}

/** What a chain is made of may stand in a query as it is, and can be read that way. */
function readable(value: string): string {
  return encodeURIComponent(value).replace(/%(3A|3B|2C|3D)/g, (code) => decodeURIComponent(code));
}

/** A name that means nothing to a shell or to curl; any other becomes one that does not come from outside. */
function fileName(name: string, other: string): string {
  return /^[\p{L}\p{N}_][\p{L}\p{N}_. -]*$/u.test(name) ? name : other;
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
