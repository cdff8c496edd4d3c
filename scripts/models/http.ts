import type { Readable } from 'node:stream';
import axios, { type AxiosResponse } from 'axios';
import { UsageError } from './usage-error.ts';

/** A file's bytes from `offset`: the requested one, or 0 if the server cannot resume. */
export interface Opened {
  offset: number;
  /** The length of the whole file, if the server says so. */
  total: number | undefined;
  chunks: AsyncIterable<Uint8Array>;
}

/** The server counts as gone after this many milliseconds without a byte. */
const IDLE_TIMEOUT = 30_000;

/**
 * Requests a file from `offset` on (RFC 9110 §14). Respects `HTTPS_PROXY`, `HTTP_PROXY` and `NO_PROXY`.
 * @throws UsageError, with `again` if another attempt may help
 */
export async function openUrl(url: string, offset: number, signal: AbortSignal): Promise<Opened> {
  const response = await request(url, offset, signal);
  const { status, headers } = response;
  const ranged = /^bytes (\d+)-\d+\/(\d+)$/.exec(String(headers['content-range'] ?? ''));
  if (status === 206 && ranged)
    return { offset: Number(ranged[1]), total: Number(ranged[2]), chunks: chunksOf(response, url, signal) };
  if (status === 200) {
    const length = headers['content-length'];
    return {
      offset: 0,
      total: length === undefined ? undefined : Number(length),
      chunks: chunksOf(response, url, signal),
    };
  }
  response.data.destroy();
  // The server's file is no longer than our part: start over.
  if (status === 416 && offset > 0) return openUrl(url, 0, signal);
  throw refused(url, status);
}

async function request(url: string, offset: number, signal: AbortSignal): Promise<AxiosResponse<Readable>> {
  try {
    return await axios.get<Readable>(url, {
      responseType: 'stream',
      headers: { 'accept-encoding': 'identity', ...(offset > 0 && { range: `bytes=${offset}-` }) },
      decompress: false,
      maxRedirects: 5,
      timeout: IDLE_TIMEOUT,
      validateStatus: () => true,
      signal,
    });
  } catch (error) {
    if (signal.aborted) throw signal.reason;
    throw unreachable(url, error);
  }
}

/** The chunks of the body; silence and a broken connection are retried. */
async function* chunksOf(
  { data }: AxiosResponse<Readable>,
  url: string,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array> {
  const idle = setTimeout(() => data.destroy(new Error('no data arrived')), IDLE_TIMEOUT);
  try {
    for await (const chunk of data) {
      idle.refresh();
      yield chunk as Uint8Array;
    }
  } catch (error) {
    if (signal.aborted) throw signal.reason;
    throw new UsageError(`The connection to ${hostOf(url)} was lost (${wordsOf(error)}).`, 1, true);
  } finally {
    clearTimeout(idle);
    data.destroy();
  }
}

function unreachable(url: string, error: unknown): UsageError {
  const advice =
    'check the network; behind a proxy set HTTPS_PROXY, for a mirror HF_ENDPOINT, without a network use --from FOLDER';
  return new UsageError(`${hostOf(url)} cannot be reached (${wordsOf(error)}): ${advice}.`, 1, true);
}

function refused(url: string, status: number): UsageError {
  const again = status >= 500 || status === 429 || status === 408;
  if (status === 404) return new UsageError(`${hostOf(url)} has no such file (404): ${url}`);
  if (status === 401 || status === 403)
    return new UsageError(`${hostOf(url)} refuses access to the file (${status}): ${url}`);
  if (status === 407)
    return new UsageError('The proxy requires a user and a password (407): put them into HTTPS_PROXY.');
  return new UsageError(`${hostOf(url)} answered with status ${status} for ${url}`, 1, again);
}

function hostOf(url: string): string {
  return URL.canParse(url) ? new URL(url).host : url;
}

function wordsOf(error: unknown): string {
  const { code, message } = (error ?? {}) as { code?: string; message?: string };
  return code ?? message ?? String(error);
}
