import {
  DeleteObjectCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  S3Client,
  S3ServiceException,
} from '@aws-sdk/client-s3';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import { readSecret } from '#config/secrets';
import {
  type Area,
  checkKey,
  isKey,
  KeyError,
  type ObjectInfo,
  type ObjectMeta,
  type ObjectStore,
  unavailable,
} from '#storage/store-keys';

/** Milliseconds after which the store counts as unreachable. */
const CONNECT_TIMEOUT = 2_000;
const ANSWER_TIMEOUT = 10_000;

interface Place {
  bucket: string;
  /** Empty, or ends with a slash. */
  prefix: string;
  endpoint?: string;
  /** The address at which clients reach the store, if it differs; empty if they cannot reach it. */
  publicEndpoint?: string;
  region: string;
}

/**
 * Parses `s3://bucket[/prefix][?endpoint=https://…&region=…&public=https://…]`.
 * @throws Error that says what is wrong
 */
export function readS3Url(text: string): Place {
  const url = new URL(text);
  const { endpoint, region = 'us-east-1', public: publicEndpoint, ...rest } = Object.fromEntries(url.searchParams);
  const [unknown] = Object.keys(rest);
  if (unknown !== undefined) throw new Error(`STORE_URL has an unknown part "${unknown}".`);
  if (url.username || url.password) throw new Error('STORE_URL must not hold credentials; they are secrets.');
  if (url.hostname === '') throw new Error('STORE_URL names no bucket: s3://bucket.');
  const prefix = decodeURIComponent(url.pathname).replace(/^\/+|\/+$/g, '');
  return {
    bucket: url.hostname,
    prefix: prefix === '' ? '' : `${prefix}/`,
    region,
    ...(endpoint && { endpoint }),
    ...(publicEndpoint !== undefined && { publicEndpoint }),
  };
}

/**
 * Stores objects in a bucket. Credentials are the secrets `store-access-key` and `store-secret-key`, or what the SDK
 * finds (a pod's role, `AWS_…`).
 */
export function s3Store(url: string): ObjectStore {
  const place = readS3Url(url);
  const client = clientOf(place, place.endpoint);
  // A link is signed for one host, so clients need a link for the address that they can reach.
  const outside = place.publicEndpoint ? clientOf(place, place.publicEndpoint) : client;
  const at = (key: string) => ({ Bucket: place.bucket, Key: place.prefix + checkKey(key) });
  return {
    put: (key, bytes, { contentType = 'application/octet-stream', labels = {} } = {}) =>
      orUnavailable(async () => {
        await client.send(
          new PutObjectCommand({ ...at(key), Body: bytes, ContentType: contentType, Metadata: labels }),
        );
      }),
    get: (key) =>
      orUnavailable(async () => {
        const found = await orNothing(client.send(new GetObjectCommand(at(key))));
        return found?.Body && { bytes: Buffer.from(await found.Body.transformToByteArray()), ...metaOf(found) };
      }),
    head: (key) =>
      orUnavailable(async () => {
        const found = await orNothing(client.send(new HeadObjectCommand(at(key))));
        return found && { ...infoOf(key, found.ContentLength, found.LastModified), ...metaOf(found) };
      }),
    list: (area) => listBucket(client, place, area),
    delete: (key) =>
      orUnavailable(async () => {
        await client.send(new DeleteObjectCommand(at(key)));
      }),
    link: (key, seconds) =>
      orUnavailable(async () =>
        place.publicEndpoint === ''
          ? undefined
          : getSignedUrl(outside, new GetObjectCommand(at(key)), { expiresIn: seconds }),
      ),
    close: async () => {
      client.destroy();
      outside.destroy();
    },
  };
}

function clientOf({ region }: Place, endpoint: string | undefined): S3Client {
  const accessKeyId = readSecret('store-access-key');
  const secretAccessKey = readSecret('store-secret-key');
  return new S3Client({
    region,
    // Most servers other than Amazon's have no host name per bucket.
    ...(endpoint && { endpoint, forcePathStyle: true }),
    ...(accessKeyId && secretAccessKey && { credentials: { accessKeyId, secretAccessKey } }),
    maxAttempts: 3,
    requestHandler: { connectionTimeout: CONNECT_TIMEOUT, requestTimeout: ANSWER_TIMEOUT },
    // Some servers do not support the newer checksums. TLS and Content-Length detect a broken transfer anyway.
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
  });
}

async function* listBucket(client: S3Client, { bucket, prefix }: Place, area: Area): AsyncGenerator<ObjectInfo> {
  let after: string | undefined;
  do {
    const command = new ListObjectsV2Command({ Bucket: bucket, Prefix: `${prefix}${area}/`, ContinuationToken: after });
    const page = await orUnavailable(() => client.send(command));
    for (const { Key = '', Size, LastModified } of page.Contents ?? []) {
      const key = Key.slice(prefix.length);
      if (isKey(key)) yield infoOf(key, Size, LastModified);
    }
    after = page.NextContinuationToken;
  } while (after !== undefined);
}

function infoOf(key: string, size = 0, modified = new Date(0)): ObjectInfo {
  return { key, size, modified: modified.getTime() };
}

function metaOf(found: {
  ContentType?: string | undefined;
  Metadata?: Record<string, string> | undefined;
}): ObjectMeta {
  return { contentType: found.ContentType ?? 'application/octet-stream', labels: found.Metadata ?? {} };
}

async function orNothing<T>(reading: Promise<T>): Promise<T | undefined> {
  try {
    return await reading;
  } catch (error) {
    const missing = error instanceof S3ServiceException && error.$metadata.httpStatusCode === 404;
    // A missing bucket is an error, not a missing object.
    if (missing && error.name !== 'NoSuchBucket') return undefined;
    throw error;
  }
}

async function orUnavailable<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof KeyError) throw error;
    throw unavailable('The store cannot be reached just now; try again in a moment.', error);
  }
}
