// Whether anything that a request brings ends a function in a control group of the limit that
// stack.yml ships (Linux, root).
// usage: node scripts/build.mjs --quiet && node bench/memory/limits.mjs [--function NAME …] [--sizes 12,24,48]
//   [--formats a,b] [--mix 64] [--only alone,mixed,attacks] [--attack TEXT] [--json FILE]
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { parse } from 'yaml';
import { ATTACKS, FINE } from './attacks.mjs';
import { startLimited } from './cgroup.mjs';
import { EDGE_ATTACKS, edgeLimit, startEdge } from './edge.mjs';
import { CHAINS, drawn, FORMATS, requestOf } from './pictures.mjs';

const { values } = parseArgs({
  options: {
    function: { type: 'string', multiple: true },
    sizes: { type: 'string', default: '12,24,48' },
    formats: { type: 'string', default: Object.keys(FORMATS).join(';') },
    mix: { type: 'string', default: '64' },
    only: { type: 'string', default: 'alone,mixed,attacks' },
    attack: { type: 'string', default: '' },
    json: { type: 'string' },
  },
});
const root = fileURLToPath(new URL('../..', import.meta.url));
const SIZES = values.sizes.split(',').map(Number);
const KINDS = values.formats.split(';');
const PARTS = values.only.split(',');

const query = (text) => (file) => ({ query: `?${text}`, init: { method: 'POST', body: readFileSync(file) } });
const queries = (...texts) => Object.fromEntries(texts.map((text) => [text, query(text)]));
/** What each function is asked to do with a picture. */
const WORK = {
  'transform-fn': Object.fromEntries(CHAINS.map((chain) => [chain, (file) => requestOf(chain, file)])),
  'rotate-fn': queries('angle=90', 'angle=33', 'angle=33&format=webp'),
  'resize-fn': queries('width=1024', 'width=5000'),
  'grayscale-fn': queries('format=png', ''),
  'denoise-fn': queries('mode=median', 'mode=bilateral', ''),
  'cutout-fn': queries('', 'background=%23ffffff', 'background=blur&format=jpeg'),
  'clip-fn': queries('labels=a%20dog,a%20cat'),
  'pipeline-fn': {},
  'frontend-fn': {},
};

const { functions } = parse(readFileSync(`${root}stack.yml`, 'utf8'), { merge: true });

/** As stack.yml ships it, but for what names other machines. */
async function start(name) {
  const { exec_timeout, MALLOC_MMAP_THRESHOLD_ } = functions[name].environment;
  const env = MALLOC_MMAP_THRESHOLD_ ? { MALLOC_MMAP_THRESHOLD_ } : {};
  const target = await startLimited(name, limitOf(name), { env });
  return { ...target, patience: Number.parseInt(exec_timeout, 10) * 1_000 };
}

/** MiB, as stack.yml has it. */
function limitOf(name) {
  const [, amount, unit] = /^(\d+)(Mi|Gi)$/.exec(functions[name].limits.memory);
  return Number(amount) * (unit === 'Gi' ? 1_024 : 1);
}

async function statusOf({ query, init }, target) {
  try {
    const answer = await fetch(target.url + query, { ...init, signal: AbortSignal.timeout(target.patience) });
    const text = await answer.text();
    return { status: answer.status, detail: answer.status === 200 ? '' : (/"detail":"([^"]*)/.exec(text)?.[1] ?? '') };
  } catch (error) {
    // As the watchdog does.
    if (error.name === 'TimeoutError') return { status: 504, detail: 'left' };
    return { status: 0, detail: String(error.cause ?? error) };
  }
}

const results = [];
function note(entry, target) {
  const { name, what, statuses, detail } = entry;
  const limit = name === 'grpc' ? edgeLimit() : limitOf(name);
  // There is no gateway here to call the functions through.
  const answered = (status) => FINE.has(status) || (status === 502 && name === 'pipeline-fn');
  const fine = statuses.every(answered) && target.alive() && target.kills() === 0;
  const [mib, withFiles, kills] = [target.anonymous(), target.peak(), target.kills()];
  target.forget();
  results.push({ ...entry, fine, alive: target.alive(), kills, mib, withFiles });
  const said = [...new Set(statuses)].map((one) => `${statuses.filter((s) => s === one).length} × ${one}`).join(', ');
  console.log(fine ? 'ok ' : 'BAD', name, what, said, `${mib}, with files ${withFiles} of ${limit} MiB`, detail ?? '');
  if (values.json)
    writeFileSync(values.json, `${JSON.stringify({ date: new Date().toISOString(), results }, null, 2)}\n`);
}

/** Every piece of work on every picture, one after the other. */
async function alone(name) {
  let target = await start(name);
  for (const [what, request] of Object.entries(WORK[name])) {
    for (const format of KINDS) {
      for (const size of SIZES) {
        const { status, detail } = await statusOf(await request(await drawn(format, size)), target);
        note({ name, what: `${what || '(nothing)'} · ${format} · ${size} Mpx`, statuses: [status], detail }, target);
        if (target.alive() && target.kills() === 0) continue;
        await target.stop();
        target = await start(name);
      }
    }
  }
  await target.stop();
}

/** Of all that in turns, so many at once. */
async function mixed(name, count) {
  const works = Object.values(WORK[name]);
  if (works.length === 0) return;
  // Nobody leaves, so that all of it is worked on.
  const target = { ...(await start(name)), patience: 290_000 };
  const requests = [];
  for (let n = 0; n < count; n++) {
    const [format, size] = [KINDS[n % KINDS.length], SIZES[Math.floor(n / KINDS.length) % SIZES.length]];
    const request = await works[n % works.length](await drawn(format, size));
    // No two are the same: answers are remembered. Decoders leave aside what follows a picture.
    const { body } = request.init;
    if (Buffer.isBuffer(body)) request.init.body = Buffer.concat([body, Buffer.alloc(n)]);
    requests.push(request);
  }
  const answers = await Promise.all(requests.map((request) => statusOf(request, target)));
  note({ name, what: `${count} at once`, statuses: answers.map(({ status }) => status) }, target);
  await target.stop();
}

async function attackEdge() {
  for (const [what, attack] of Object.entries(EDGE_ATTACKS).filter(([what]) => what.includes(values.attack))) {
    const target = await startEdge();
    note({ name: 'grpc', what, statuses: await attack(target) }, target);
    await target.stop();
  }
}

for (const name of values.function ?? [...Object.keys(WORK), 'grpc']) {
  if (name === 'grpc') {
    await attackEdge();
    continue;
  }
  if (PARTS.includes('alone')) await alone(name);
  if (PARTS.includes('mixed')) await mixed(name, Number(values.mix));
  for (const [what, attack] of PARTS.includes('attacks') ? Object.entries(ATTACKS) : []) {
    if (!what.includes(values.attack)) continue;
    const target = await start(name);
    const statuses = await attack(target);
    note({ name, what, statuses, detail: target.told }, target);
    await target.stop();
  }
}
process.exitCode = results.every(({ fine }) => fine) ? 0 : 1;
