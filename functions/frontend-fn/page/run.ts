import { eventReader, type ServerEvent } from '#client/event-stream';
import type { Classification } from '#contract/classification';
import type { StepRecord } from '#contract/step-record';
import { TEXTS } from '../texts.ts';
import { Aborted, noAnswer, PageError, troubleOf } from './api.ts';
import type { PlannedStep } from './progress.ts';

const { pipeline: words } = TEXTS;

/** A step of a run as it is told: its record and, after operations, the picture that came out. */
export interface StepEvent extends StepRecord {
  /** Place of its picture in the request. */
  picture: number;
  /** base64 */
  image?: string;
  contentType?: string;
}

/** A picture that is through. */
export interface PictureEvent extends Partial<Classification> {
  picture: number;
  error?: { detail: string };
}

export interface RunWatcher {
  begun(steps: PlannedStep[]): void;
  step(event: StepEvent): void;
  picture(event: PictureEvent): void;
}

/** Sends pictures through the steps and tells of each event. @throws PageError in words, Superseded when stopped */
export async function run(form: FormData, watcher: RunWatcher, signal: AbortSignal): Promise<void> {
  try {
    const response = await fetch('pipeline', {
      method: 'POST',
      body: form,
      headers: { accept: 'text/event-stream' },
      signal,
    });
    const header = (name: string): string | null => response.headers.get(name);
    if (!response.ok || !response.body) throw await troubleOf(response.status, header, await response.blob());
    await follow(response.body, watcher);
  } catch (error) {
    if (signal.aborted) throw new Aborted();
    throw error instanceof PageError ? error : noAnswer();
  }
}

async function follow(stream: ReadableStream<Uint8Array>, watcher: RunWatcher): Promise<void> {
  for await (const { event, data } of eventsOf(stream)) {
    if (event === 'begun') watcher.begun((data as { steps: PlannedStep[] }).steps);
    if (event === 'step') watcher.step(data as StepEvent);
    if (event === 'picture') watcher.picture(data as PictureEvent);
    if (event === 'failed') {
      const { detail, code } = data as { detail?: string; code?: string };
      throw new PageError(detail ?? words.brokeOff, code ?? 'internal');
    }
    if (event === 'done') return;
  }
  throw new PageError(words.brokeOff, 'broke-off');
}

/** A gateway that holds the stream back until its end changes nothing but when the events are seen. */
async function* eventsOf(stream: ReadableStream<Uint8Array>): AsyncGenerator<ServerEvent> {
  const reader = stream.getReader();
  const read = eventReader();
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    yield* read(value);
  }
}
