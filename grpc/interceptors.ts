import {
  type Metadata,
  ServerInterceptingCall,
  type ServerInterceptingCallInterface,
  type ServerInterceptor,
  type ServerListener,
  status,
} from '@grpc/grpc-js';
import { Problem } from '#contract/problems';
import { callIdOf } from '#kit/call-id';
import { equalSecrets } from '#kit/equal-secrets';
import type { Log } from './log.ts';
import type { Metrics } from './metrics.ts';
import { type Failed, statusOf } from './status.ts';

const HEALTH = '/grpc.health.v1.Health/';

/** Gives every call an id; counts, times and logs it. Health checks are counted, but not logged. */
export function observe(metrics: Metrics, log: Log): ServerInterceptor {
  return ({ path }, call) => {
    const since = performance.now();
    let callId = '';
    let over = false;
    const end = (code: status) => {
      if (over) return;
      over = true;
      const ms = performance.now() - since;
      metrics.callEnded(path, codeName(code), ms / 1000);
      if (path.startsWith(HEALTH)) return;
      const level = code === status.INTERNAL || code === status.UNKNOWN ? 'error' : 'info';
      log(level, 'call', {
        callId,
        method: path,
        code: codeName(code),
        ms: Math.round(ms * 10) / 10,
        peer: call.getPeer(),
      });
    };
    const listener: ServerListener = {
      onReceiveMetadata: (metadata, next) => {
        callId = identify(metadata);
        next(metadata);
      },
      onCancel: () => end(isPast(call) ? status.DEADLINE_EXCEEDED : status.CANCELLED),
    };
    metrics.callStarted(path);
    return new ServerInterceptingCall(call, {
      start: (next) => next(listener),
      sendStatus: (sent, next) => {
        end(sent.code ?? status.OK);
        next(sent);
      },
    });
  };
}

/** Requires the token, except for health checks: probes have none. */
export function authorize(token: string): ServerInterceptor {
  const expected = `Bearer ${token}`;
  return ({ path }, call) => {
    const listener: ServerListener = {
      onReceiveMetadata: (metadata, next) => {
        const given = String(metadata.get('authorization')[0] ?? '');
        if (path.startsWith(HEALTH) || equalSecrets(given, expected)) next(metadata);
        else call.sendStatus(refusal(String(metadata.get('x-call-id')[0] ?? '')));
      },
    };
    return new ServerInterceptingCall(call, { start: (next) => next(listener) });
  };
}

function refusal(callId: string): Omit<Failed, 'cause'> {
  const detail = 'This service asks for a token: send the metadata "authorization" with "Bearer " and the token.';
  const { cause: _, ...refused } = statusOf(new Problem('unauthorized', detail), callId);
  return refused;
}

/** The caller's id if it is safe to log and forward, else a new one; handlers read it from the metadata. */
function identify(metadata: Metadata): string {
  const callId = callIdOf(metadata.get('x-call-id')[0]);
  metadata.set('x-call-id', callId);
  return callId;
}

function isPast(call: ServerInterceptingCallInterface): boolean {
  return Number(call.getDeadline()) <= Date.now();
}

/** `INVALID_ARGUMENT` → `InvalidArgument`, as Prometheus's gRPC metrics and Go write it. */
function codeName(code: status): string {
  if (code === status.OK) return 'OK';
  return (status[code] ?? 'UNKNOWN').toLowerCase().replaceAll(/(?:^|_)([a-z])/g, (_, letter) => letter.toUpperCase());
}
