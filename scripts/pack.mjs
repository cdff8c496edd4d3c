// Builds the files of the npm package (`files` in package.json) into packed/: the command, and the system that
// `obscura start` runs. `npm pack` calls it; it cannot use dist, because npm does not follow links.
import { readdirSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildSome } from './build.mjs';

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..');
const out = path.join(root, 'packed');
await rm(out, { recursive: true, force: true });
const functions = readdirSync(path.join(root, 'functions'));
await buildSome(['cli', 'gateway', 'grpc', 'models', ...functions], out);
