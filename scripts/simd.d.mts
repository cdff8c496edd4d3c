/** WebAssembly in base64, and the hash of what it was compiled from. */
interface Compiled {
  sources: string;
  wasm: string;
}

/** Folders of sources, and the file that each becomes. */
export const MODULES: string[][];

export function compileSimd(folder: string): Promise<Compiled>;
