// What all sources may import from the template, whatever their package.json says: handler types and the kit.
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const types = fileURLToPath(new URL('../runtime/types.ts', import.meta.url));
const kit = fileURLToPath(new URL('../kit/', import.meta.url));

export const templateImports = {
  name: 'template-imports',
  setup(bundler) {
    bundler.onResolve({ filter: /^#handler$/ }, () => ({ path: types }));
    bundler.onResolve({ filter: /^#kit\/[\w-]+$/ }, ({ path: id }) => ({ path: path.join(kit, `${id.slice(5)}.ts`) }));
  },
};
