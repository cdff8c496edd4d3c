import { credentials } from '@grpc/grpc-js';
import { afterAll, beforeAll, expect } from 'vitest';
import { ImageService } from '../grpc/protos.ts';
import { type RunningEdge, startEdgeProcess } from '../grpc/testing.ts';
import { picture } from './pictures.ts';
import { type SharedSystem, sharedSystem } from './shared.ts';

/** The gRPC edge in front of the whole system. */
export interface EdgeFixture {
  readonly system: SharedSystem;
  readonly edge: RunningEdge;
  readonly client: InstanceType<typeof ImageService>;
  /** A picture of 90 × 60 pixels. */
  readonly jpeg: Buffer;
  /** The same picture with an alpha channel. */
  readonly png: Buffer;
  /** What a function answers over HTTP; it must be 200. @param path such as `rotate-fn?angle=90` */
  rest(path: string, body: Buffer): Promise<{ bytes: Buffer; headers: Headers }>;
}

/** Starts the edge for the tests of a file: it registers their hooks. */
export function edgeFixture(): EdgeFixture {
  let system: SharedSystem;
  let edge: RunningEdge;
  let client: InstanceType<typeof ImageService>;
  let jpeg: Buffer;
  let png: Buffer;
  beforeAll(async () => {
    system = await sharedSystem();
    edge = await startEdgeProcess(system.url);
    client = new ImageService(edge.address, credentials.createInsecure());
    jpeg = await picture(90, 60).jpeg({ quality: 95 }).toBuffer();
    png = await picture(90, 60, 4).png().toBuffer();
  });
  afterAll(async () => {
    client?.close();
    await edge?.stop();
  });
  return {
    get system() {
      return system;
    },
    get edge() {
      return edge;
    },
    get client() {
      return client;
    },
    get jpeg() {
      return jpeg;
    },
    get png() {
      return png;
    },
    async rest(path, body) {
      const response = await fetch(`${system.url}/function/${path}`, { method: 'POST', body: new Uint8Array(body) });
      const bytes = Buffer.from(await response.arrayBuffer());
      expect(response.status, bytes.toString('utf8', 0, 300)).toBe(200);
      return { bytes, headers: response.headers };
    },
  };
}
