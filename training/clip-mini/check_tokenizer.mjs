// Compare the JavaScript tokenizer's ids with Python's:
//   python check_tokenizer.py ../../models/clip-mini > ids.json
//   node check_tokenizer.mjs ../../models/clip-mini ids.json
import { readFileSync } from 'node:fs';
import { Tokenizer } from '@huggingface/tokenizers';

const [folder, file] = process.argv.slice(2);
const tokenizer = new Tokenizer(JSON.parse(readFileSync(`${folder}/tokenizer.json`, 'utf8')), {});
const expected = JSON.parse(readFileSync(file, 'utf8'));
let wrong = 0;
for (const [text, ids] of expected) {
  const got = Array.from(tokenizer.encode(text).ids, Number);
  if (JSON.stringify(got) !== JSON.stringify(ids)) {
    wrong += 1;
    console.log(JSON.stringify(text), ids.join(' '), '|', got.join(' '));
  }
}
console.log(`${expected.length} strings, ${wrong} differ`);
process.exit(wrong ? 1 : 0);
