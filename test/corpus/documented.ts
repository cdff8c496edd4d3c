/* Requests of clients that do not run here, written down from their documentation and sources. */

const NEWLINE = '\r\n';

interface Documented {
  client: string;
  /** Lines after the request line; `Host` and `Content-Length` are added. */
  headers: string[];
  /** In the order sent; `part` holds its header lines. Without parts the picture is the whole body. */
  parts?: { boundary: string; picture: string[]; angle: string[] };
  /** The body in place of the picture's bytes. */
  body?: (picture: Buffer) => string;
}

const name = 'ein Föto.jpg';
const escaped = encodeURIComponent(name);
const form = (boundary: string, picture: string[], angle: string[]) => ({ boundary, picture, angle });
const disposition = 'Content-Disposition: form-data; ';

const CLIENTS: Documented[] = [
  {
    client: 'Postman, form-data',
    headers: [
      'User-Agent: PostmanRuntime/7.43.0',
      'Accept: */*',
      'Cache-Control: no-cache',
      'Postman-Token: 1b0e2b5a-54b8-4b5f-9b7b-7e2a3c1d0f11',
      'Accept-Encoding: gzip, deflate, br',
      'Connection: keep-alive',
      'Content-Type: multipart/form-data; boundary=--------------------------917182403571029384756102',
    ],
    parts: form(
      '--------------------------917182403571029384756102',
      [`${disposition}name="image"; filename="${name}"`, 'Content-Type: image/jpeg'],
      [`${disposition}name="angle"`],
    ),
  },
  {
    client: 'Postman, binary',
    headers: ['Content-Type: image/jpeg', 'User-Agent: PostmanRuntime/7.43.0', 'Accept: */*'],
  },
  {
    client: '.NET HttpClient, MultipartFormDataContent',
    headers: ['Content-Type: multipart/form-data; boundary="0d6b3a1c-41f5-4ac5-a0f1-54d0d8f6d1b2"'],
    parts: form(
      '0d6b3a1c-41f5-4ac5-a0f1-54d0d8f6d1b2',
      [
        'Content-Type: image/jpeg',
        `${disposition}name=image; filename="=?utf-8?B?${Buffer.from(name).toString('base64')}?="; ` +
          `filename*=utf-8''${escaped}`,
      ],
      ['Content-Type: text/plain; charset=utf-8', `${disposition}name=angle`],
    ),
  },
  {
    client: '.NET HttpClient, JsonContent',
    headers: ['Content-Type: application/json; charset=utf-8'],
    // System.Text.Json escapes what might end a script.
    body: (picture) => `{"image":"${picture.toString('base64').replaceAll('+', '\\u002B')}","angle":90}`,
  },
  {
    client: 'PowerShell 7, -Form',
    headers: [
      'User-Agent: Mozilla/5.0 (Windows NT 10.0; Microsoft Windows 10.0.22631; en-US) PowerShell/7.4.6',
      'Accept-Encoding: gzip, deflate, br',
      'Content-Type: multipart/form-data; boundary="9a2be4d1-3a3c-4d79-8d1c-57f0a1e2b3c4"',
    ],
    parts: form(
      '9a2be4d1-3a3c-4d79-8d1c-57f0a1e2b3c4',
      [
        `${disposition}name="image"; filename="photo.jpg"; filename*=utf-8''photo.jpg`,
        'Content-Type: application/octet-stream',
      ],
      [`${disposition}name="angle"`, 'Content-Type: text/plain; charset=utf-8'],
    ),
  },
  {
    client: 'Windows PowerShell 5.1, -InFile',
    headers: [
      'User-Agent: Mozilla/5.0 (Windows NT; Windows NT 10.0; en-US) WindowsPowerShell/5.1.22621.4391',
      'Content-Type: application/x-www-form-urlencoded',
      'Expect: 100-continue',
      'Connection: Keep-Alive',
    ],
  },
  {
    client: 'Safari, form',
    headers: [
      'Accept: text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8',
      'User-Agent: Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 ' +
        '(KHTML, like Gecko) Version/18.3 Safari/605.1.15',
      'Sec-Fetch-Site: same-origin',
      'Sec-Fetch-Mode: navigate',
      'Content-Type: multipart/form-data; boundary=----WebKitFormBoundaryb5cJr1vQ0yM8nT2x',
    ],
    parts: form(
      '----WebKitFormBoundaryb5cJr1vQ0yM8nT2x',
      [`${disposition}name="image"; filename="${name}"`, 'Content-Type: image/jpeg'],
      [`${disposition}name="angle"`],
    ),
  },
  {
    client: 'Firefox, form',
    headers: [
      'User-Agent: Mozilla/5.0 (X11; Linux x86_64; rv:136.0) Gecko/20100101 Firefox/136.0',
      'Accept: text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8',
      'Priority: u=0, i',
      'Content-Type: multipart/form-data; boundary=----geckoformboundary5d2c6fa1b0e94c7a8f13d2e4b5a69788',
    ],
    parts: form(
      '----geckoformboundary5d2c6fa1b0e94c7a8f13d2e4b5a69788',
      [`${disposition}name="image"; filename="${name}"`, 'Content-Type: image/jpeg'],
      [`${disposition}name="angle"`],
    ),
  },
  {
    client: 'Ruby, Net::HTTP set_form',
    headers: [
      'Accept-Encoding: gzip;q=1.0,deflate;q=0.6,identity;q=0.3',
      'Accept: */*',
      'User-Agent: Ruby',
      'Content-Type: multipart/form-data; boundary=2Ry0nmiVaIZCkVjGKq5Ro5e9dJwTXcQhLHbQ4Zz1',
    ],
    parts: form(
      '2Ry0nmiVaIZCkVjGKq5Ro5e9dJwTXcQhLHbQ4Zz1',
      [`${disposition}name="image"; filename="photo.jpg"`, 'Content-Type: application/octet-stream'],
      [`${disposition}name="angle"`],
    ),
  },
  {
    client: 'Dart and Flutter, MultipartRequest',
    headers: [
      'user-agent: Dart/3.6 (dart:io)',
      'accept-encoding: gzip',
      'content-type: multipart/form-data; ' +
        'boundary=dart-http-boundary-5M+Vwqt2bRyAJmGJcH7pcd6cj6vE.Eq3sUqrvUsEjFQhjF2H1O4',
    ],
    parts: form(
      'dart-http-boundary-5M+Vwqt2bRyAJmGJcH7pcd6cj6vE.Eq3sUqrvUsEjFQhjF2H1O4',
      ['content-type: application/octet-stream', 'content-disposition: form-data; name="image"; filename="photo.jpg"'],
      ['content-disposition: form-data; name="angle"'],
    ),
  },
  {
    client: 'Alamofire',
    headers: [
      'User-Agent: Photos/1.0 (com.example.photos; build:1; iOS 18.3.0) Alamofire/5.10.2',
      'Accept-Language: de-DE;q=1.0',
      'Content-Type: multipart/form-data; boundary=alamofire.boundary.8f1c2a4be57a90d3',
    ],
    parts: form(
      'alamofire.boundary.8f1c2a4be57a90d3',
      [`${disposition}name="image"; filename="photo.jpg"`, 'Content-Type: image/jpeg'],
      [`${disposition}name="angle"`],
    ),
  },
];

/** One request as bytes. */
function written({ headers, parts, body }: Documented, picture: Buffer): Buffer {
  let content: Buffer = body ? Buffer.from(body(picture)) : picture;
  if (parts) {
    const part = (head: string[], value: Buffer | string): Buffer =>
      Buffer.concat([
        Buffer.from(`--${parts.boundary}${NEWLINE}${head.join(NEWLINE)}${NEWLINE}${NEWLINE}`),
        Buffer.from(value as string),
        Buffer.from(NEWLINE),
      ]);
    const end = Buffer.from(`--${parts.boundary}--${NEWLINE}`);
    content = Buffer.concat([part(parts.picture, picture), part(parts.angle, '90'), end]);
  }
  const query = parts || body ? '' : '?angle=90';
  const head = [`POST /function/rotate-fn${query} HTTP/1.1`, 'Host: 127.0.0.1:8080', ...headers];
  return Buffer.concat([Buffer.from([...head, `Content-Length: ${content.length}`, '', ''].join(NEWLINE)), content]);
}

/** @param picture to be turned by 90 degrees */
export function documentedRequests(picture: Buffer): { client: string; request: Buffer }[] {
  return CLIENTS.map((one) => ({ client: one.client, request: written(one, picture) }));
}
