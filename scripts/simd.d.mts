/** WebAssembly in base64, and the hash of what it was compiled from. */
interface Compiled {
  sources: string;
  wasm: string;
}

export function compileSimd(): Promise<Compiled>;
