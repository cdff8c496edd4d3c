// Builds what the npm package holds (`files` in package.json) into packed/: the command, and the system that
// `obscura start` runs. `npm pack` calls this first; dist is a link, which npm does not follow.
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
