import type { IncomingMessage } from 'node:http';
import { Readable } from 'node:stream';
import { finished } from 'node:stream/promises';
import { endToEnd } from '../http/headers.ts';
import type { Log } from '../log.ts';
import { notDeployed } from '../stack/names.ts';
import { Breaker } from './breaker.ts';
import { DamagedFile } from './headed-file.ts';
import type { Job, JobAnswer } from './job.ts';
import type { JobFiles, StoredJob } from './job-files.ts';
import { Refused, type Share } from './quota.ts';
import { backoff, DEFAULT_RETRY, judge, type RetryPolicy, readRetryAfter } from './retry.ts';
import { DONE, STOPPED, type TaskOutcome } from './scheduler.ts';
import { post } from './send.ts';

export interface DispatcherOptions {
  files: JobFiles;
  /** The gateway's own address: a job is an ordinary call. */
  gatewayUrl: () => string;
  /** How a function's jobs are retried; undefined if there is no such function. */
  policyOf: (name: string) => RetryPolicy | undefined;
  /** A job's disk space. */
  shareOf: (job: StoredJob) => Share;
  /** Time limit of a call, ms; the gateway's own is shorter. */
  callTimeout: number;
  log: Log;
  /** Whether an answer may be posted to an address. */
  allowAddress: (address: string) => boolean;
  /** Whether the gateway is stopping: failures now say nothing about the job. */
  isStopping: () => boolean;
}

const CALLBACK_TIMEOUT_MS = 30_000;
/** After a failure of the gateway itself, such as a full disk. */
const TROUBLE_WAIT_MS = 5000;
/** A job may itself crash the gateway. With the pauses, this is hours after the first attempt. */
const MAX_INTERRUPTIONS = 200;

/** A finished delivery. */
interface Reply {
  answer: JobAnswer;
  body: Readable;
  platform: boolean;
  retryAfter: number;
}

/** Delivers jobs to their functions, and answers to their callbacks. */
export class Dispatcher {
  private readonly options: DispatcherOptions;
  private readonly breaker = new Breaker();

  constructor(options: DispatcherOptions) {
    this.options = options;
  }

  /** Calls a job's function. */
  run(job: StoredJob, signal: AbortSignal): Promise<TaskOutcome> {
    return this.handleFailures(job, signal, () => this.callFunction(job, signal));
  }

  /** Delivers an answer to its callback. */
  tell(job: StoredJob, signal: AbortSignal): Promise<TaskOutcome> {
    return this.handleFailures(job, signal, () => this.callBack(job, signal));
  }

  private async handleFailures(
    job: StoredJob,
    signal: AbortSignal,
    step: () => Promise<TaskOutcome>,
  ): Promise<TaskOutcome> {
    try {
      return await step();
    } catch (error) {
      // What is on disk stays there, for the next gateway or another attempt.
      if (signal.aborted) return await this.putBack(job).catch(() => STOPPED);
      const { code, message } = error as NodeJS.ErrnoException;
      if (error instanceof DamagedFile || code === 'ENOENT') {
        this.options.log.error(`a queued call of ${job.name} is given up: its file is damaged (${job.id})`);
        await this.options.files.setAside(job).catch(() => {});
        return DONE;
      }
      this.options.log.error(`a queued call of ${job.name} is held up (${code ?? message})`);
      await this.putBack(job).catch(() => {});
      return { next: 'again', afterMs: TROUBLE_WAIT_MS };
    }
  }

  private async callFunction(job: StoredJob, signal: AbortSignal): Promise<TaskOutcome> {
    const { files, policyOf } = this.options;
    const policy = policyOf(job.name);
    if (!policy) {
      const { head } = await files.read(job);
      return this.giveUp(job, head, 'No function of that name is deployed.', notFound(job.name));
    }
    if (job.interruptions >= MAX_INTERRUPTIONS) {
      const { head } = await files.read(job);
      return this.giveUp(job, head, `The gateway ended during ${job.interruptions} deliveries.`, emptyReply(503));
    }
    await files.update(job, { running: true });
    // Only now, because the state is in the file's name.
    const stored = await files.read(job);
    const reply = await this.deliver(stored, signal).catch(() => emptyReply(503));
    const { status } = reply.answer;
    const verdict = judge({ ...reply, status }, job.attempts + 1, Date.now() - job.acceptedAt, policy);
    // A stopping gateway answers its own deliveries with 503; no policy applies to that.
    const cutOff = this.options.isStopping() && (verdict.kind !== 'final' || status === 503);
    if (signal.aborted || cutOff) return this.putBack(job);
    if (verdict.kind === 'final') return this.keep(job, stored.head, reply, { policy, signal });
    if (verdict.kind === 'given up') return this.giveUp(job, stored.head, verdict.reason, reply);
    reply.body.resume();
    return this.tryLater(job, verdict.wait, verdict.counts ? 1 : 0);
  }

  /** An attempt cut off by the gateway's exit does not count. */
  private async putBack(job: StoredJob): Promise<TaskOutcome> {
    await this.options.files.update(job, { running: false });
    return STOPPED;
  }

  /** Saved, so that the next gateway continues the pause and the count. */
  private async tryLater(job: StoredJob, afterMs: number, counted: 0 | 1): Promise<TaskOutcome> {
    const nextAt = Date.now() + Math.ceil(afterMs);
    await this.options.files.update(job, { running: false, attempts: job.attempts + counted, nextAt });
    return { next: 'again', afterMs };
  }

  private async deliver(
    { head, size, body }: { head: Job; size: number; body: () => Readable },
    stopping: AbortSignal,
  ): Promise<Reply> {
    const signal = AbortSignal.any([stopping, AbortSignal.timeout(this.options.callTimeout)]);
    const since = performance.now();
    const path = `/function/${head.name}${head.path}`;
    const message = await post(this.options.gatewayUrl(), { headers: head.headers, size, body: body(), path }, signal);
    message.on('error', () => {});
    return {
      answer: {
        status: message.statusCode ?? 0,
        headers: endToEnd(message.headers) as JobAnswer['headers'],
        seconds: Number(message.headers['x-duration-seconds']) || (performance.now() - since) / 1000,
      },
      body: message,
      platform: message.headers['x-openfaas-internal'] !== undefined,
      retryAfter: readRetryAfter(message.headers['retry-after']),
    };
  }

  /** The function has answered: the job ends once the answer is complete and, with a callback, stored. */
  private async keep(
    job: StoredJob,
    head: Job,
    reply: Reply,
    { policy, signal }: { policy: RetryPolicy; signal: AbortSignal },
  ): Promise<TaskOutcome> {
    const { files } = this.options;
    try {
      if (head.callbackUrl) await this.save(job, reply);
      else await finished(reply.body.resume());
    } catch (error) {
      if (signal.aborted || this.options.isStopping()) return this.putBack(job);
      if (error instanceof Refused && error.status === 413) {
        return this.giveUp(job, head, 'Its answer is too large to be kept.', emptyReply(502));
      }
      if ((error as NodeJS.ErrnoException).code === 'ENOSPC' || error instanceof Refused) throw error;
      const attempts = job.attempts + 1;
      if (attempts < policy.attempts) return this.tryLater(job, backoff(attempts, policy), 1);
      return this.giveUp(job, head, 'The function broke off its answer.', emptyReply(502));
    }
    if (head.callbackUrl) await files.update(job, { running: false, attempts: job.attempts + 1, nextAt: 0 });
    else await files.remove(job);
    return DONE;
  }

  private async giveUp(job: StoredJob, head: Job, reason: string, reply: Reply): Promise<TaskOutcome> {
    this.options.log.error(`a queued call of ${job.name} is given up (call ${head.callId}): ${reason}`);
    // The record of a dead letter includes the last attempt.
    await this.options.files.update(job, { running: false, attempts: job.attempts + (job.running ? 1 : 0), nextAt: 0 });
    if (head.callbackUrl) await this.save(job, { ...reply, answer: { ...reply.answer, failed: reason } });
    else {
      reply.body.resume();
      await this.options.files.moveToDead(job, reason, reply.answer.status);
    }
    return DONE;
  }

  private async save(job: StoredJob, { answer, body }: Reply): Promise<void> {
    const share = this.options.shareOf(job);
    try {
      await this.options.files.saveAnswer(job, answer, body, (bytes) => share.takeAnswer(bytes));
    } catch (error) {
      share.dropAnswer();
      throw error;
    }
  }

  private async callBack(job: StoredJob, stopping: AbortSignal): Promise<TaskOutcome> {
    const { files } = this.options;
    const receiver = job.receiver ?? '';
    const [{ head }, kept] = await Promise.all([files.read(job), files.readAnswer(job)]);
    const pause = this.breaker.enter(receiver);
    // A skipped attempt counts as failed; otherwise a dead receiver's answers would stay for ever.
    if (pause > 0) return this.callbackFailed(job, head, kept.head, undefined, pause);
    const signal = AbortSignal.any([stopping, AbortSignal.timeout(CALLBACK_TIMEOUT_MS)]);
    const message = { headers: callbackHeaders(head, kept.head), size: kept.size, body: kept.body() };
    const taken = await post(head.callbackUrl ?? '', message, signal, this.options.allowAddress).catch(() => undefined);
    if (stopping.aborted) return STOPPED;
    taken?.on('error', () => {}).resume();
    if (taken) this.breaker.answered(receiver);
    else this.breaker.silent(receiver);
    if (!succeeded(taken)) return this.callbackFailed(job, head, kept.head, taken?.statusCode);
    if (kept.head.failed === undefined) await files.remove(job);
    else await files.moveToDead(job, kept.head.failed, kept.head.status);
    return DONE;
  }

  /** @param status of the receiver's answer; undefined without one */
  private async callbackFailed(
    job: StoredJob,
    head: Job,
    answer: JobAnswer,
    status: number | undefined,
    leastWait = 0,
  ): Promise<TaskOutcome> {
    const { files, log, isStopping, policyOf } = this.options;
    // The receiver may be a function behind this gateway.
    if (isStopping()) return STOPPED;
    const policy = policyOf(job.name) ?? DEFAULT_RETRY;
    const callbackAttempts = job.callbackAttempts + 1;
    if ((status === undefined || policy.codes.has(status)) && callbackAttempts < policy.attempts) {
      const afterMs = Math.ceil(Math.max(leastWait, backoff(callbackAttempts, policy)));
      await files.update(job, { callbackAttempts, nextAt: Date.now() + afterMs });
      return { next: 'again', afterMs };
    }
    const reason = status === undefined ? 'Its callback could not be reached.' : `Its callback answered ${status}.`;
    log.error(`the answer to a queued call of ${job.name} is given up (call ${head.callId}): ${reason}`);
    await files.moveToDead(job, answer.failed ?? reason, answer.status);
    return DONE;
  }
}

function succeeded(message: IncomingMessage | undefined): boolean {
  const status = message?.statusCode ?? 0;
  return status >= 200 && status < 300;
}

function callbackHeaders(job: Job, answer: JobAnswer): Record<string, string | string[]> {
  return {
    ...answer.headers,
    'x-call-id': job.callId,
    'x-function-name': job.calledAs ?? job.name,
    'x-function-status': String(answer.status),
    'x-duration-seconds': answer.seconds.toFixed(6),
  };
}

/** The gateway's answer for an unknown function. */
function notFound(name: string): Reply {
  const { answer, ...reply } = emptyReply(404);
  const headers = { 'content-type': 'text/plain; charset=utf-8' };
  return { ...reply, answer: { ...answer, headers }, body: Readable.from([Buffer.from(`${notDeployed(name)}\n`)]) };
}

/** The answer to deliver when a function gave none. */
function emptyReply(status: number): Reply {
  const answer = { status, headers: {}, seconds: 0 };
  return { answer, body: Readable.from([]), platform: true, retryAfter: 0 };
}
