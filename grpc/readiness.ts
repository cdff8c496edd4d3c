import type { HealthImplementation } from 'grpc-health-check';

/** Milliseconds between looks at the gateway, and how long one may take. */
const EVERY = 5_000;
const PATIENCE = 2_000;

/** The services whose health is told; the empty name is the server as a whole. */
export const HEALTH_OF = ['', 'obscura.v1.ImageService', 'NLImageService'] as const;

/**
 * Keeps the health service true: serving while the gateway answers its health check.
 * @returns ends the watch and says that nothing is served any more
 */
export async function watchGateway(gateway: string, health: HealthImplementation): Promise<() => void> {
  let ended = false;
  const say = (serving: boolean) => {
    for (const service of HEALTH_OF) health.setStatus(service, serving ? 'SERVING' : 'NOT_SERVING');
  };
  const look = async () => {
    const serving = await answers(`${gateway}/healthz`);
    if (!ended) say(serving);
  };
  await look();
  const timer = setInterval(() => void look(), EVERY);
  timer.unref();
  return () => {
    ended = true;
    clearInterval(timer);
    say(false);
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
