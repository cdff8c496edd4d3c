import { cpSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { type System, startSystem } from '../stress/system.ts';
import { ROOT } from '../system/start.mjs';
import { type Clock, fakeClock, stackWith } from './clock.ts';
import { redisService, type Service, s3Service, smallDisk } from './services.ts';

/** A whole system with its services. Unavailable ones are undefined, and their faults are skipped. */
export interface World {
  /** URL of the gateway; it restarts at the same address. */
  url: string;
  system(): System;
  /** Restarts the gateway on the same port and folder. */
  restart(how: 'kill' | 'stop'): Promise<void>;
  /** When the gateway was down: `performance.now()` from … to. */
  away: [from: number, to: number][];
  models: string;
  redis: Service | undefined;
  s3: Service | undefined;
  /** The folder of queue and objects, if it is a separate file system. */
  disk: string | undefined;
  clock: Clock | undefined;
  end(): Promise<void>;
}

const DISK_MIB = 192;

export async function makeWorld(): Promise<World> {
  const folder = mkdtempSync(path.join(tmpdir(), 'obscura-chaos-'));
  const disk = path.join(folder, 'disk');
  const mounted = smallDisk(disk, DISK_MIB);
  const models = path.join(folder, 'models');
  cpSync(path.join(ROOT, 'models/clip-mini'), path.join(models, 'clip-mini'), { recursive: true });
  const [redis, s3] = [await redisService(), await s3Service(path.join(disk, 's3'))];
  const clock = fakeClock(folder);
  mkdirSync(path.join(disk, 'state'), { recursive: true });
  const env = {
    ...{ GATEWAY_STATE: path.join(disk, 'state'), CLIP_MODELS: models, STORE_URL: `file:${path.join(disk, 'store')}` },
    ...{ GATEWAY_IDLE: '20s', GATEWAY_MAX_REPLICAS: '2', STORE_BYTES: String(64 * 1024 ** 2) },
    GATEWAY_CALLBACK_NETWORKS: '127.0.0.0/8',
    ...redis?.env,
    ...s3?.env,
    ...clock?.env,
  };
  const stack = stackWith(path.join(ROOT, 'stack.yml'), clock?.env ?? {}, path.join(folder, 'stack.yml'));
  let system = await startSystem({ env, folder: path.join(folder, 'system'), stack });
  const port = Number(new URL(system.url).port);
  const away: World['away'] = [];
  return {
    ...{ url: system.url, system: () => system, away, models, redis, s3, clock, disk: mounted && disk },
    restart: async (how) => {
      const from = performance.now();
      await (how === 'kill' ? system.kill() : system.stop('keep'));
      system = await startSystem({ env, folder: path.join(folder, 'system'), stack, port });
      away.push([from, performance.now()]);
    },
    end: async () => {
      await system.stop();
      await Promise.all([redis?.kill(), s3?.kill()]);
      mounted?.remove();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
