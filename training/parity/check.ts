import { rmSync } from 'node:fs';
import path from 'node:path';
import { compareWithReference } from '../../src/clip/parity.testing.ts';

/*
 * Compares clip-fn's answers with those of the reference implementation that large.py wrote.
 * usage: node scripts/run.mjs training/parity/check.ts FOLDER_OF_MODELS [MODEL]
 */
const [folder, model = 'random-vit-b-32'] = process.argv.slice(2);
if (folder === undefined)
  throw new Error('usage: node scripts/run.mjs training/parity/check.ts FOLDER_OF_MODELS [MODEL]');
const worker = new URL('../clip-fn/worker.js', import.meta.url);
const { image, text, score, compared } = await compareWithReference(path.resolve(folder), model, worker);
rmSync(path.join(folder, model, 'presets'), { recursive: true, force: true });
console.log(`${model}: ${compared.pictures} pictures, ${compared.texts} texts`);
console.log(`smallest cosine of a picture's embedding with the reference's: ${image.toFixed(8)}`);
console.log(`smallest cosine of a text's: ${text.toFixed(8)}`);
console.log(`largest difference of a score: ${score.toExponential(1)}`);
process.exitCode = image >= 0.99999 && text >= 0.99999 ? 0 : 1;
