import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { credentials, Metadata, type ServiceError, status } from '@grpc/grpc-js';
import { ask } from './ask.ts';
import { UsageError } from './config.ts';
import { extensionOf } from './encoded.ts';
import type { NLCustomImageEndpointResponse } from './generated/NLCustomImageEndpointResponse.ts';
import type { NLImage } from './generated/NLImage.ts';
import { NLImageService } from './protos.ts';

/* A small client of `NLImageService`, to try an edge with and to start one's own client from. */

const HELP = `A sample client of Obscura's gRPC edge: rotates a picture, and tells a cat from a dog.

usage: npm run grpc:client -- --image FILE [--service N] [--rotation R] [--host H] [--port N]

  --image FILE     the picture
  --service N      0 both, 1 rotation, 2 classification                                  0
  --rotation R     counter-clockwise: NONE, NINETY_DEG, ONE_EIGHTY_DEG, TWO_SEVENTY_DEG,
                   or their numbers 0 to 3                                               NINETY_DEG
  --output FILE    where the rotated picture goes, a new file                            cat-rotated.jpg for cat.jpg
  --host HOST      the edge's host                                                       127.0.0.1
  --port N         its port                                                              50051
  --tls            for an edge that speaks TLS
  --timeout N      seconds that each call may take                                       60
  -h, --help       this text

OBSCURA_TOKEN is the token that the edge may ask for. With --tls, GRPC_DEFAULT_SSL_ROOTS_FILE_PATH names a PEM file of
the certificates to trust. Exit status: 0 all done, 1 something failed, 2 the command line is wrong.
`;

const SERVICES = { both: 0, rotation: 1, classification: 2 };
const ROTATIONS = ['NONE', 'NINETY_DEG', 'ONE_EIGHTY_DEG', 'TWO_SEVENTY_DEG'] as const;

interface Options {
  image: string;
  service: number;
  rotation: (typeof ROTATIONS)[number];
  output: string | undefined;
  /** `host:port`. */
  address: string;
  tls: boolean;
  timeoutMs: number;
}

/** A failure; the message is for people. */
class Failure extends Error {}

/** @returns undefined if help was requested. @throws UsageError */
function readOptions(args: string[]): Options | undefined {
  const { image, service, rotation, output, host, port, tls, timeout, help } = readFlags(args);
  if (help) return undefined;
  if (image === undefined) throw new UsageError('There is no picture: name one with --image.');
  const turn = ROTATIONS.find((name, index) => [name, String(index)].includes(rotation.toUpperCase()));
  if (!turn) throw new UsageError(`--rotation is "${rotation}"; it must be ${ROTATIONS.join(', ')}, or 0 to 3.`);
  return {
    image,
    service: wholeNumber('service', service, 0, 2),
    rotation: turn,
    output,
    address: `${host.includes(':') ? `[${host}]` : host}:${wholeNumber('port', port, 1, 65_535)}`,
    tls,
    timeoutMs: wholeNumber('timeout', timeout, 1, 3_600) * 1_000,
  };
}

function readFlags(args: string[]) {
  const text = { type: 'string' } as const;
  const flag = { type: 'boolean', default: false } as const;
  try {
    const { values } = parseArgs({
      args,
      options: {
        image: text,
        service: { ...text, default: '0' },
        rotation: { ...text, default: 'NINETY_DEG' },
        output: text,
        host: { ...text, default: '127.0.0.1' },
        port: { ...text, default: '50051' },
        timeout: { ...text, default: '60' },
        tls: flag,
        help: { ...flag, short: 'h' },
      },
    });
    return values;
  } catch (error) {
    throw new UsageError(`${(error as Error).message.split('. ')[0]}.`);
  }
}

function wholeNumber(name: string, text: string, min: number, max: number): number {
  if (/^\d{1,5}$/.test(text) && Number(text) >= min && Number(text) <= max) return Number(text);
  throw new UsageError(`--${name} is "${text}"; it must be a whole number from ${min} to ${max}.`);
}

/** Loads the picture and calls the service as requested. @throws Failure */
async function main(options: Options): Promise<void> {
  say(`Hello! This is Obscura's sample client; the edge is ${options.address}.`);
  const data = await readFile(options.image).catch((error: NodeJS.ErrnoException) => {
    throw new Failure(`${options.image} cannot be read (${error.code}).`);
  });
  say(`Loaded ${options.image}, ${data.length} bytes.`);
  const client = connect(options);
  try {
    if (options.service !== SERVICES.rotation) await classify(client, data);
    if (options.service !== SERVICES.classification) await rotate(client, data, options);
  } finally {
    client.close();
  }
}

type Client = ReturnType<typeof connect>;

/** A connection to the edge, and the options of every call. */
function connect({ address, tls, timeoutMs }: Options) {
  const secure = tls ? credentials.createSsl() : credentials.createInsecure();
  // By default, a client accepts answers of at most 4 MB.
  const service = new NLImageService(address, secure, { 'grpc.max_receive_message_length': -1 });
  const metadata = new Metadata();
  if (process.env.OBSCURA_TOKEN) metadata.set('authorization', `Bearer ${process.env.OBSCURA_TOKEN}`);
  const failed = (error: ServiceError): never => {
    throw new Failure(sentenceOf(error, address));
  };
  const once = () => ({ deadline: Date.now() + timeoutMs });
  return {
    rotate: (image: { data: Buffer }, rotation: Options['rotation']) =>
      ask<NLImage>((done) => service.rotateImage({ image, rotation }, metadata, once(), done)).catch(failed),
    classify: (image: { data: Buffer }) =>
      ask<NLCustomImageEndpointResponse>((done) =>
        service.customImageEndpoint({ image }, metadata, once(), done),
      ).catch(failed),
    close: () => service.close(),
  };
}

/** The edge's details say what is wrong; other errors are about the connection. */
function sentenceOf({ code, details, metadata }: ServiceError, address: string): string {
  if (code !== status.UNAVAILABLE || (metadata?.get('x-call-id') ?? []).length > 0) return details;
  return `No gRPC edge answers at ${address}. Start one with "npm start -- --grpc".`;
}

async function classify(client: Client, data: Buffer): Promise<void> {
  const { reply, trailer } = await client.classify({ data });
  say(`Cat ${percent(1 - reply.score)}, dog ${percent(reply.score)}.`);
  if (trailer?.get('x-unknown').includes('true')) say('It looks like neither of them.');
}

const percent = (share: number): string => `${(share * 100).toFixed(2)} %`;

async function rotate(client: Client, data: Buffer, { image, rotation, output }: Options): Promise<void> {
  const { reply } = await client.rotate({ data }, rotation);
  const file = output ?? rotatedName(image, data, reply.data);
  await writeFile(file, reply.data, { flag: 'wx' }).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'EEXIST') throw new Failure(`${file} exists; name another file with --output.`);
    throw new Failure(`${file} cannot be written (${error.code}).`);
  });
  say(`Saved ${file}, ${reply.width} × ${reply.height} pixels, rotated by ${rotation}.`);
}

/** `cat.jpg` → `cat-rotated.jpg`, beside it. The edge may return another format. */
function rotatedName(image: string, before: Buffer, after: Buffer): string {
  const { dir, name, ext } = path.parse(image);
  const extension = extensionOf(after);
  const same = extension === undefined || extension === extensionOf(before);
  return path.join(dir, `${name}-rotated${same ? ext : `.${extension}`}`);
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

// npm runs scripts in the project's folder; file names are relative to the caller's folder.
if (process.env.npm_lifecycle_event === 'grpc:client' && process.env.INIT_CWD) process.chdir(process.env.INIT_CWD);
try {
  const options = readOptions(process.argv.slice(2));
  if (options) await main(options);
  else process.stdout.write(HELP);
} catch (error) {
  if (!(error instanceof UsageError || error instanceof Failure)) throw error;
  process.stderr.write(`${error.message}${error instanceof UsageError ? ' See --help.' : ''}\n`);
  process.exitCode = error instanceof UsageError ? 2 : 1;
}
