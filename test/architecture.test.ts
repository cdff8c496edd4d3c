import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

/* What of ARCHITECTURE.md the linter cannot keep: biome.json has the layers, circles and lengths. */
const root = fileURLToPath(new URL('..', import.meta.url));

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

test('imaging and clip know nothing of HTTP or of the environment', () => {
  for (const file of sources.filter((name) => /^src\/(imaging|clip)\//.test(name))) {
    const text = readFileSync(path.join(root, file), 'utf8');
    expect(text, file).not.toMatch(/process\.env|node:https?'|#config\/env/);
  }
});

test('nothing goes over pixels in the process of requests: all functions do that in child processes', () => {
  const textOf = (file: string): string => readFileSync(path.join(root, file), 'utf8');
  const handlers = sources.filter((name) => /^functions\/[^/]+\/handler\.ts$/.test(name));
  expect(handlers.length).toBeGreaterThan(8);
  for (const file of handlers) {
    expect(textOf(file), file).toMatch(/\buseWorker\(/);
    expect(sources, file).toContain(file.replace('handler.ts', 'worker.ts'));
  }
  // What opens pictures is in files that a child process runs; the process of requests only calls it by name.
  const ours = sources.filter((file) => /^(functions|src)\//.test(file));
  const opening = ours.filter((file) => /from '(sharp|#decoding\/engine|\.\/engine\.ts)'/.test(textOf(file)));
  const others = opening.filter((file) => !/^src\/(imaging|clip)\/|testing|fixtures/.test(file));
  expect(others.toSorted()).toEqual([
    'functions/frontend-fn/worker.ts',
    'functions/pipeline-fn/picture-work.ts',
    'functions/pipeline-fn/worker.ts',
    'src/decoding/engine.ts',
    'src/decoding/open-picture.ts',
  ]);
  // Loading sharp takes longer than all else of a function's start.
  const loading = ours.filter((file) => /^import (?!type\b).*from 'sharp'/m.test(textOf(file)));
  expect(loading.filter((file) => !/testing|fixtures/.test(file))).toEqual([]);
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
    .filter(({ file, lines }) => lines > (file.endsWith('/handler.ts') ? 60 : 301));
  expect(long).toEqual([]);
});

/** From the line that a function begins on to its closing brace, which Biome's layout puts below its beginning. */
function longFunctions(file: string, most: number): string[] {
  const lines = readFileSync(path.join(root, file), 'utf8').split('\n');
  const indent = (line = ''): number => line.search(/\S/);
  return lines.flatMap((line, at) => {
    const opens = /(\)(: [^=]+)?|=>) \{$/.test(line) && !/^\s*(\} )?(if|for|while|switch|else|catch)\b/.test(line);
    if (!opens) return [];
    let [first, last] = [at, at + 1];
    // A long list of parameters has its closing bracket on a line of its own.
    if (line.trimStart().startsWith(')'))
      do first -= 1;
      while (indent(lines[first]) !== indent(line));
    while (indent(lines[last]) !== indent(line) && last < lines.length) last += 1;
    const length = last - first + 1;
    return length > most ? [`${file}:${first + 1} has ${length} lines`] : [];
  });
}

test('no function is over 40 lines, whatever stands on them (Biome counts fewer)', () => {
  const product = [...sources, ...filesIn('scripts')].filter((file) => /\.m?ts$|\.mjs$/.test(file));
  const long = product
    .filter((file) => !/\.test\.ts$|testing\.ts$|\.d\.m?ts$/.test(file))
    .flatMap((file) => longFunctions(file, 40));
  expect(long).toEqual([]);
});

test('no line of source is over 120 columns', () => {
  const patterns = ['*.ts', '*.mjs', '*.sh', '*.css'];
  const tracked = execFileSync('git', ['ls-files', ...patterns], { cwd: root, encoding: 'utf8' });
  const written = tracked
    .split('\n')
    .filter((file) => file && !file.includes('generated') && existsSync(path.join(root, file)));
  expect(written.length).toBeGreaterThan(500);
  const long = written.flatMap((file) =>
    readFileSync(path.join(root, file), 'utf8')
      .split('\n')
      .flatMap((line, index) => ([...line].length > 120 ? [`${file}:${index + 1}`] : [])),
  );
  expect(long).toEqual([]);
});
