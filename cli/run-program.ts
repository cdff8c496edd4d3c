import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

/** Runs another program of the same build, such as `models`, in the same terminal. @returns its exit status */
export async function runProgram(
  name: string,
  words: string[],
  signal: AbortSignal,
  env: NodeJS.ProcessEnv = process.env,
): Promise<number> {
  const file = fileURLToPath(new URL(`../${name}/index.js`, import.meta.url));
  const program = spawn(process.execPath, [file, ...words], { stdio: 'inherit', env });
  // Ctrl-C in a terminal reaches the program, too; a signal to this process does not.
  signal.addEventListener('abort', () => program.kill('SIGINT'), { once: true });
  const [code] = await once(program, 'exit');
  return code ?? 1;
}
