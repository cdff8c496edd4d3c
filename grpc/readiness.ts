import type { HealthImplementation } from 'grpc-health-check';

/** Milliseconds between health checks of the gateway, and the time limit of one. */
const EVERY = 5_000;
const PATIENCE = 2_000;

/** The services whose health is reported; the empty name is the whole server. */
export const HEALTH_OF = ['', 'obscura.v1.ImageService', 'NLImageService'] as const;

export interface Readiness {
  isServing(): boolean;
  /** Reports that nothing is served any more. */
  end(): void;
}

/** Keeps the health service up to date: serving while the gateway answers its health check. */
export async function watchGateway(gateway: string, health: HealthImplementation): Promise<Readiness> {
  let ended = false;
  let served = false;
  const say = (serving: boolean) => {
    served = serving;
    for (const service of HEALTH_OF) health.setStatus(service, serving ? 'SERVING' : 'NOT_SERVING');
  };
  const look = async () => {
    const serving = await answers(`${gateway}/healthz`);
    if (!ended) say(serving);
  };
  await look();
  const timer = setInterval(() => void look(), EVERY);
  timer.unref();
  return {
    isServing: () => served,
    end: () => {
      ended = true;
      clearInterval(timer);
      say(false);
    },
  };
}

async function answers(url: string): Promise<boolean> {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(PATIENCE) });
    await response.body?.cancel();
    return response.ok;
  } catch {
    return false;
  }
}
