import {
  createServer,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from 'node:http';
import type { Socket } from 'node:net';
import type { ApiDocs } from '#http/api-docs';
import { callIdOf } from '#kit/call-id';
import type { Metrics } from './api/metrics.ts';
import { answerSystem } from './api/system.ts';
import type { SystemOptions } from './api/system-options.ts';
import { answerText, type GatewayAnswer, UNAUTHORIZED } from './http/answer.ts';
import type { ClientRate } from './http/client-rate.ts';
import { hostRefusal, type OriginRules, originRefusal } from './http/cross-origin.ts';
import { sendFile } from './http/file.ts';
import { hasBody } from './http/headers.ts';
import { BadBody } from './http/json-body.ts';
import { type Route, readRoute } from './http/route.ts';
import type { Log } from './log.ts';
import type { Registry } from './pool/registry.ts';
import { forward, type ProxyOptions } from './proxy.ts';
import { type AcceptOptions, acceptCall } from './queue/accept.ts';
import { notDeployed } from './stack/names.ts';
import type { StatusFacts } from './ui/status-facts.ts';
import { statusPage } from './ui/status-page.ts';

export interface GatewayServerOptions {
  registry: Registry;
  metrics: Metrics;
  log: Log;
  proxy: ProxyOptions;
  async: AcceptOptions;
  system: SystemOptions;
  /** Bounds what each client uploads, where the operator wants that. */
  clientRate: ClientRate | undefined;
  /** What `/ui/` shows at this moment. */
  status: (headers: IncomingHttpHeaders) => Promise<StatusFacts>;
  docs: ApiDocs;
  origins: OriginRules;
  /** The function that is the front page, when it is deployed. */
  page: string;
}

const MAX_HEADER_BYTES = 64 * 1024;
/** Far more than honest callers send; Node drops what is over its count without a word, so the count is checked. */
const MAX_HEADERS = 500;
const HEADERS_TIMEOUT_MS = 10_000;
const NOTHING_HERE = 'There is nothing here; functions are at /function/NAME.';
const METHODS = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']);

/** The door of the gateway: reads what a request is for, and sends it there. */
export class GatewayServer {
  readonly server: Server;
  private readonly options: GatewayServerOptions;
  /** How many function calls with each call id have no whole answer yet. */
  private readonly inflight = new Map<string, number>();
  /** Answers of a connection that are not over; several where requests are pipelined. */
  private readonly responding = new WeakMap<Socket, Set<ServerResponse>>();
  private draining = false;
  private drained: () => void = () => {};

  constructor(options: GatewayServerOptions) {
    this.options = options;
    const requestTimeout = options.proxy.upstreamTimeout + 5000;
    this.server = createServer({
      maxHeaderSize: MAX_HEADER_BYTES,
      // Slow headers, slow bodies and silent connections each have an end.
      headersTimeout: Math.min(HEADERS_TIMEOUT_MS, requestTimeout),
      requestTimeout,
      keepAliveTimeout: 65_000,
      connectionsCheckingInterval: 2000,
    });
    this.server.maxHeadersCount = MAX_HEADERS + 1;
    this.server.on('request', (request, response) => this.handle(request, response, false));
    this.server.on('checkContinue', (request, response) => this.handle(request, response, true));
    this.server.on('clientError', (error, socket) => this.refuse(error, socket as Socket));
  }

  /**
   * Lets calls in flight finish, and the calls that they make of other functions; refuses all others.
   * Resolves when there are none left or the time (ms) is over, and the door is closed.
   */
  async drain(timeout: number): Promise<void> {
    this.draining = true;
    this.server.closeIdleConnections();
    if (this.inflight.size > 0) {
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, timeout);
        this.drained = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
    const closed = new Promise((resolve) => this.server.close(resolve));
    this.server.closeAllConnections();
    await closed;
  }

  private handle(request: IncomingMessage, response: ServerResponse, expectsContinue: boolean): void {
    this.follow(request.socket, response);
    // A caller that leaves while it is being written to is no error of the gateway's.
    response.on('error', () => {});
    const route = readRoute(request.url ?? '');
    const own = this.gatewayAnswer(request, route);
    if (own) answerText(response, ...own);
    else if (route.kind === 'function') this.call(request, response, route, expectsContinue);
    else if (route.kind === 'async') {
      const { name, calledAs, path } = route;
      void acceptCall({ request, response, name, calledAs, path, expectsContinue }, this.options.async);
    } else if (route.kind === 'status') {
      this.options
        .status(request.headers)
        .then((facts) => sendFile(response, statusPage(facts)))
        .catch((error) => this.failed(response, error));
    } else if (route.kind === 'openapi' || route.kind === 'docs') {
      this.sendDocs(request, response, route).catch((error) => this.failed(response, error));
    } else if (route.kind === 'system') {
      if (expectsContinue) response.writeContinue();
      const call = { request, response, path: route.path, query: route.query };
      answerSystem(call, this.options.system).catch((error) => this.failed(response, error));
    }
  }

  /** What the gateway answers without asking anyone: status, sentence, headers. */
  private gatewayAnswer(request: IncomingMessage, route: Route): GatewayAnswer | undefined {
    const { registry, page, origins } = this.options;
    const reading = request.method === 'GET' || request.method === 'HEAD';
    if (request.rawHeaders.length > 2 * MAX_HEADERS) {
      return [431, `There are more than ${MAX_HEADERS} headers.`, { Connection: 'close' }];
    }
    const foreign = hostRefusal(request.headers, origins) ?? originRefusal(request.method, request.headers, origins);
    if (foreign) return foreign;
    switch (route.kind) {
      case 'function':
        return this.stopping(request) ?? this.refusal(request, route.name) ?? this.tooMany(request);
      case 'system':
        return undefined;
      case 'unclean':
        return [301, '', { Location: route.location }];
      case 'malformed':
        return [400, 'The address of the request is malformed.'];
      case 'async':
        return this.stopping(request) ?? this.tooMany(request);
      case 'health':
        if (!reading) return [405, 'Use GET here.', { Allow: 'GET, HEAD' }];
        return this.draining ? [503, 'stopping'] : [200, 'OK'];
      case 'openapi':
      case 'docs':
        return reading ? undefined : [405, 'Use GET here.', { Allow: 'GET, HEAD' }];
      case 'status':
        if (!reading) return [405, 'Use GET here.', { Allow: 'GET, HEAD' }];
        return this.options.system.allows(request.headers.authorization) ? undefined : UNAUTHORIZED;
      case 'home':
        if (!reading) return [405, 'Use GET here.', { Allow: 'GET, HEAD' }];
        if (registry.get(page)) return [307, '', { Location: `/function/${page}` }];
        return [404, NOTHING_HERE];
      default:
        return [404, NOTHING_HERE];
    }
  }

  /** Once it drains, the gateway takes only calls that belong to those in flight. */
  private stopping(request: IncomingMessage): GatewayAnswer | undefined {
    if (!this.draining || this.inflight.has(callIdOf(request.headers['x-call-id']))) return undefined;
    return [503, 'The gateway is stopping.', { Connection: 'close' }];
  }

  private tooMany(request: IncomingMessage): GatewayAnswer | undefined {
    const { clientRate } = this.options;
    const wait = clientRate && hasBody(request) ? clientRate.take(request.socket.remoteAddress ?? '') : 0;
    if (wait === 0) return undefined;
    return [429, 'You have sent your share of this minute; try again later.', { 'Retry-After': wait }];
  }

  private refusal(request: IncomingMessage, name: string): GatewayAnswer | undefined {
    if (!this.options.registry.get(name)) {
      return [404, notDeployed(name)];
    }
    if (METHODS.has(request.method ?? '')) return undefined;
    return [405, `${request.method} is not a method that functions take.`, { Allow: [...METHODS].join(', ') }];
  }

  private call(
    request: IncomingMessage,
    response: ServerResponse,
    route: Route & { kind: 'function' },
    expectsContinue: boolean,
  ): void {
    const { registry, metrics, proxy } = this.options;
    const { name, path } = route;
    const deployed = registry.get(name);
    if (!deployed) return;
    const callId = callIdOf(request.headers['x-call-id']);
    const since = performance.now();
    metrics.callStarted(name);
    this.inflight.set(callId, (this.inflight.get(callId) ?? 0) + 1);
    response.once('close', () => {
      const code = response.writableFinished ? response.statusCode : 499;
      metrics.callEnded(name, code, (performance.now() - since) / 1000);
      this.ended(callId);
    });
    const target = { name, upstream: deployed.upstream, times: deployed.settings };
    void forward({ request, response, target, path, callId, expectsContinue }, proxy);
  }

  private async sendDocs(
    { headers }: IncomingMessage,
    response: ServerResponse,
    route: Route & { kind: 'openapi' | 'docs' },
  ): Promise<void> {
    const { docs } = this.options;
    const answer = route.kind === 'openapi' ? await docs.document(headers) : await docs.page(route.file, headers);
    if (answer) sendFile(response, answer);
    else answerText(response, 404, NOTHING_HERE);
  }

  private ended(callId: string): void {
    const left = (this.inflight.get(callId) ?? 1) - 1;
    if (left > 0) this.inflight.set(callId, left);
    else this.inflight.delete(callId);
    if (this.draining && this.inflight.size === 0) this.drained();
  }

  private failed(response: ServerResponse, error: unknown): void {
    if (error instanceof BadBody) answerText(response, 400, error.message);
    else {
      this.options.log.error(`a system call failed: ${error instanceof Error ? error.stack : String(error)}`);
      answerText(response, 500, 'The gateway failed; its log says why.');
    }
  }

  private follow(socket: Socket, response: ServerResponse): void {
    const answers = this.responding.get(socket) ?? new Set();
    this.responding.set(socket, answers.add(response));
    // One that said that it is the last stays known until the connection is gone.
    response.once('close', () => response.shouldKeepAlive && answers.delete(response));
  }

  /** What is not HTTP, is too long or too slow. */
  private refuse(error: Error & { code?: string }, socket: Socket): void {
    const answers = [...(this.responding.get(socket) ?? [])];
    const open = answers.filter(({ writableFinished }) => !writableFinished);
    // Behind an answer that has begun, or before one that others wait for, a sentence would be taken for a part of it.
    const midway = open.length > 1 || open.some(({ headersSent }) => headersSent);
    const last = answers.some(({ headersSent, shouldKeepAlive }) => headersSent && !shouldKeepAlive);
    // An answer that is cut off, or that said it is the last one here, must not be followed by another.
    if (error.code === 'ECONNRESET' || !socket.writable || midway || last) {
      if (midway) socket.destroy();
      else socket.end();
      return;
    }
    const [status, text] = refusal(error);
    const head = `HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Type: text/plain; charset=utf-8`;
    socket.end(`${head}\r\nContent-Length: ${text.length}\r\n\r\n${text}`);
  }
}

function refusal({ code, rawPacket }: { code?: string; rawPacket?: Buffer }): [string, string] {
  // Node knows no other methods than those that are registered; such a request is sound all the same.
  if (
    code === 'HPE_INVALID_METHOD' &&
    /^[A-Z]{1,32} \/\S* HTTP\/1\.[01]\r\n/.test(String(rawPacket?.subarray(0, 9000)))
  ) {
    return ['405 Method Not Allowed', 'That is not a method that functions take.\n'];
  }
  if (code === 'HPE_HEADER_OVERFLOW') {
    return ['431 Request Header Fields Too Large', `The headers are larger than ${MAX_HEADER_BYTES / 1024} KiB.\n`];
  }
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT') return ['408 Request Timeout', 'The request did not arrive in time.\n'];
  return ['400 Bad Request', 'The request is not valid HTTP.\n'];
}
