import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

/*
 * Three floors (ARCHITECTURE.md): a room imports only from lower floors, never sideways, and the template's runtime
 * imports nothing but Node. Sizes are kept here too.
 */
const root = fileURLToPath(new URL('..', import.meta.url));
const ROOMS = [
  'src/platform',
  'src/intake',
  'src/imaging',
  'src/clip',
  'gateway',
  'template/node-ts/runtime',
  'grpc',
  'cli',
  'deploy/idler',
];
const MIDDLE = ['src/intake', 'src/imaging', 'src/clip'];

function filesIn(folder: string): string[] {
  return readdirSync(path.join(root, folder), { recursive: true, withFileTypes: true })
    .filter((item) => item.isFile())
    .map((item) => path.relative(root, path.join(item.parentPath, item.name)))
    .filter((file) => !file.includes('node_modules') && !file.includes('/fixtures/'));
}

function exists(folder: string): boolean {
  return readdirSync(path.join(root, path.dirname(folder))).includes(path.basename(folder));
}

const folders = ['src', 'functions', 'gateway', 'template', 'grpc', 'cli', 'deploy'].filter(exists);
const files = folders.flatMap(filesIn);
const sources = files.filter((file) => /\.(ts|mjs|js)$/.test(file) && !/\.test\.ts$/.test(file));

/** The room a file stands in: one of ROOMS, or its function's folder. */
function roomOf(file: string): string {
  const room = ROOMS.find((name) => file.startsWith(`${name}/`));
  return room ?? file.split('/').slice(0, 2).join('/');
}

/** What a file imports from the house, as rooms; `types` only count where nothing else does. */
function importsOf(file: string): { room: string; specifier: string }[] {
  const text = readFileSync(path.join(root, file), 'utf8');
  const found = [
    ...text.matchAll(
      /^\s*(?:import|export)\s(?!type\s)[^;]*?from\s+'([^']+)'|import\(\s*'([^']+)'\s*\)|^import\s+'([^']+)'/gms,
    ),
  ];
  return found.map((match) => {
    const specifier = match[1] ?? match[2] ?? match[3] ?? '';
    if (specifier.startsWith('#platform')) return { room: 'src/platform', specifier };
    if (specifier.startsWith('#')) return { room: `src/${specifier.slice(1).split('/')[0]}`, specifier };
    if (specifier.endsWith('.json')) return { room: 'package', specifier };
    if (specifier.startsWith('.')) return { room: roomOf(path.join(path.dirname(file), specifier)), specifier };
    return { room: 'package', specifier };
  });
}

function allowed(from: string): (to: string) => boolean {
  if (from === 'template/node-ts/runtime') return (to) => to === from;
  if (from === 'src/platform') return (to) => to === from;
  if (MIDDLE.includes(from)) return (to) => to === from || to === 'src/platform';
  return (to) => to === from || to === 'src/platform' || (from.startsWith('functions/') && MIDDLE.includes(to));
}

test.each(sources)('%s imports only from lower floors', (file) => {
  const from = roomOf(file);
  const wrong = importsOf(file).filter(({ room }) => room !== 'package' && !allowed(from)(room));
  expect(wrong).toEqual([]);
});

test('a function names the house by `#…`: its folder stands elsewhere in an image', () => {
  for (const file of sources.filter((name) => name.startsWith('functions/') && !/fixtures|testing/.test(name))) {
    const text = readFileSync(path.join(root, file), 'utf8');
    const relative = [...text.matchAll(/(?:from|import)\s*\(?'(\.[^']+)'/g)].map(([, specifier = '']) => specifier);
    const outside = relative.filter((specifier) => !path.join(path.dirname(file), specifier).startsWith(roomOf(file)));
    expect(outside, file).toEqual([]);
  }
});

test('the runtime imports nothing but Node', () => {
  const runtime = sources.filter((file) => file.startsWith('template/node-ts/runtime/'));
  expect(runtime.length).toBeGreaterThan(5);
  const wrong = runtime
    .flatMap(importsOf)
    .filter(({ room, specifier }) => room === 'package' && !specifier.startsWith('node:'));
  expect(wrong).toEqual([]);
});

test('imaging and clip know nothing of HTTP or of the environment', () => {
  for (const file of sources.filter((name) => /^src\/(imaging|clip)\//.test(name))) {
    const text = readFileSync(path.join(root, file), 'utf8');
    expect(text, file).not.toMatch(/process\.env|node:https?'|#platform\/config/);
  }
});

test('nothing goes over pixels in the process of requests: all functions have that done in processes apart', () => {
  const textOf = (file: string): string => readFileSync(path.join(root, file), 'utf8');
  const handlers = sources.filter((name) => /^functions\/[^/]+\/handler\.ts$/.test(name));
  expect(handlers.length).toBeGreaterThan(8);
  for (const file of handlers) {
    expect(textOf(file), file).toMatch(/\buseWorker\(/);
    expect(sources, file).toContain(file.replace('handler.ts', 'worker.ts'));
  }
  // What opens pictures stands in files that a process apart runs; the requests' own process only calls them by name.
  const opening = sources.filter((file) => /^(functions|src)\//.test(file) && /from 'sharp'/.test(textOf(file)));
  const rooms = opening.filter((file) => !/^src\/(imaging|clip)\/|testing|fixtures/.test(file));
  expect(rooms.toSorted()).toEqual([
    'functions/pipeline-fn/picture-work.ts',
    'src/decoding/open-picture.ts',
    'src/decoding/picture-header.ts',
  ]);
  const callers = sources.filter((file) =>
    /\b(openPicture|flatteningWork|drawingWork|prepareWork|transformWork|headerWork)\b/.test(textOf(file)),
  );
  expect(callers.filter((file) => /handler\.ts$|^src\/intake\//.test(file))).toEqual([]);
  const index = readFileSync(path.join(root, 'src/imaging/index.ts'), 'utf8');
  expect(index).not.toMatch(/\btransform(One)?\b[^;]*from '\.\/transform\.ts'/);
  expect(index).not.toContain('kernels/');
});

test('no file is too long to be one thing, no handler too long to be a story', () => {
  const long = files
    .filter((file) => /\.(ts|mjs|css|html)$/.test(file))
    .map((file) => ({ file, lines: readFileSync(path.join(root, file), 'utf8').split('\n').length }))
    .filter(({ file, lines }) => lines > (file.endsWith('/handler.ts') ? 60 : 310));
  expect(long).toEqual([]);
});
