import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { type Entry, fileStates, findEntry, readCatalogue, totalBytes } from './catalogue.ts';
import { installModel, removeModel } from './install.ts';
import { megabytes } from './progress.ts';
import { UsageError } from './usage-error.ts';

const USAGE = `Usage: npm run models -- <command>

  list                      all models, and which are installed
  install <id>              download a model; --from <folder or URL> takes its files from there,
                            --force downloads files again that are already correct
  verify [<id>]             check every file against the manifest
  remove <id>               delete a model's files

Files come from the Hugging Face Hub, or the hub that HF_ENDPOINT names. HTTPS_PROXY, HTTP_PROXY and
NO_PROXY apply. CLIP_MODELS names another folder of models.
Exit status: 0 done, 1 failed, 2 wrong usage.`;

const models = process.env.CLIP_MODELS?.trim() || fileURLToPath(new URL('../../models', import.meta.url));
const interrupted = new AbortController();

const commands: Record<string, (id: string | undefined, flags: Flags) => Promise<void>> = {
  async list() {
    for (const entry of await readCatalogue(models)) {
      const { id, kind, title } = entry.manifest;
      console.log(
        [
          id.padEnd(20),
          kind.padEnd(7),
          (await stateOf(entry)).padEnd(13),
          megabytes(totalBytes(entry)).padStart(9),
          ` ${title}`,
        ].join(' '),
      );
    }
  },

  async install(id, { from, force }) {
    const entry = await findEntry(models, needed(id, 'install'));
    const setting = entry.manifest.kind === 'cutout' ? 'CUTOUT_MODEL' : 'CLIP_MODEL';
    const fetched = await installModel(entry, { from, force, signal: interrupted.signal, tries: 5, pause: 1_000 });
    console.log(
      fetched.length === 0
        ? `${id} is already installed; --force downloads it again.`
        : `${id} is installed. The next start uses the best model; ${setting}=${id} selects this one.`,
    );
  },

  async verify(id) {
    const entries = id === undefined ? await readCatalogue(models) : [await findEntry(models, id)];
    let bad = 0;
    for (const entry of entries) {
      const states = await fileStates(entry, true);
      const absent = [...states.values()].every((state) => state === 'missing');
      // A model that is not installed is a failure only if it was named.
      if (!absent || id !== undefined) bad += [...states.values()].filter((state) => state !== 'whole').length;
      for (const [name, state] of states)
        console.log(`${entry.manifest.id}/${name}: ${absent ? 'not installed' : state}`);
    }
    if (bad > 0)
      throw new UsageError(
        `${bad} of the files ${bad === 1 ? 'is' : 'are'} missing or wrong; install the model again.`,
      );
  },

  async remove(id) {
    await removeModel(await findEntry(models, needed(id, 'remove')));
    console.log(`The files of ${id} are removed; its manifest stays.`);
  },
};

interface Flags {
  from?: string | undefined;
  force?: boolean | undefined;
}

async function stateOf(entry: Entry): Promise<string> {
  const states = [...(await fileStates(entry, false)).values()];
  if (states.every((state) => state === 'whole')) return 'installed';
  return states.every((state) => state === 'missing') ? 'not installed' : 'incomplete';
}

function needed(id: string | undefined, command: string): string {
  if (id === undefined) throw new UsageError(`Which model? npm run models -- ${command} <id>; "list" shows them.`, 2);
  return id;
}

async function main(): Promise<void> {
  const { values, positionals } = readFlags();
  const [name = 'help', id, ...more] = positionals;
  if (values.help || name === 'help') return console.log(USAGE);
  const command = Object.hasOwn(commands, name) ? commands[name] : undefined;
  if (!command || more.length > 0) throw new UsageError(`Unknown command: ${positionals.join(' ')}\n\n${USAGE}`, 2);
  await command(id, values);
}

function readFlags() {
  try {
    const flag = { type: 'boolean' } as const;
    return parseArgs({
      allowPositionals: true,
      options: { from: { type: 'string' }, force: flag, help: { ...flag, short: 'h' } },
    });
  } catch (error) {
    throw new UsageError(`${(error as Error).message}\n\n${USAGE}`, 2);
  }
}

process.once('SIGINT', () => interrupted.abort(new UsageError('Interrupted; run the same command to resume.')));
try {
  await main();
} catch (error) {
  console.error(error instanceof UsageError ? error.message : error);
  process.exitCode = interrupted.signal.aborted ? 130 : error instanceof UsageError ? error.exitCode : 1;
}
