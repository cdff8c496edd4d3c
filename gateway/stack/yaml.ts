import { parseDocument, visit } from 'yaml';

/** An invalid file; the message names the file, the function and the key. */
export class StackError extends Error {}

/**
 * A value in a YAML file with its location, so that errors name its key. Scalars are text exactly
 * as written (`1.0`, `yes`, `010`), which is how faas-cli reads them into its all-string settings; null is empty.
 */
export class YamlValue {
  private readonly value: unknown;
  private readonly trail: string;

  constructor(value: unknown, trail: string) {
    this.value = value;
    this.trail = trail;
  }

  /** @throws StackError for text that is not YAML, with the line */
  static parse(text: string, file: string): YamlValue {
    const document = parseDocument(text, { merge: true, schema: 'core' });
    const [problem] = document.errors;
    if (problem) throw new StackError(`${file}: ${problem.message}`);
    visit(document, {
      Scalar(_key, node) {
        if (['number', 'boolean', 'bigint'].includes(typeof node.value)) node.value = node.source ?? String(node.value);
      },
    });
    try {
      return new YamlValue(document.toJS(), file);
    } catch (error) {
      throw new StackError(`${file}: ${error instanceof Error ? error.message : 'cannot be read'}`);
    }
  }

  get(key: string): YamlValue {
    const fields = this.fields();
    return new YamlValue(Object.hasOwn(fields, key) ? fields[key] : null, `${this.trail}: ${key}`);
  }

  get missing(): boolean {
    return this.value === null || this.value === undefined;
  }

  entries(): [string, YamlValue][] {
    return Object.entries(this.fields()).map(([key, value]) => [key, new YamlValue(value, `${this.trail}: ${key}`)]);
  }

  text(): string {
    if (this.missing) return '';
    if (typeof this.value !== 'string') throw this.error('must be text');
    return this.value;
  }

  /** `true`, `yes` and `on` in any of YAML 1.1's spellings; everything else must be one of its ways to say no. */
  flag(): boolean {
    const text = this.text().toLowerCase();
    if (['true', 'yes', 'on', 'y'].includes(text)) return true;
    if (['', 'false', 'no', 'off', 'n'].includes(text)) return false;
    throw this.error(`must be true or false, not "${text}"`);
  }

  textMap(): Record<string, string> {
    return Object.fromEntries(this.entries().map(([key, value]) => [key, value.text()]));
  }

  textList(): string[] {
    if (this.missing) return [];
    if (!Array.isArray(this.value)) throw this.error('must be a list of texts');
    return this.value.map((item, index) => new YamlValue(item, `${this.trail}: item ${index + 1}`).text());
  }

  error(complaint: string): StackError {
    return new StackError(`${this.trail} ${complaint}`);
  }

  private fields(): Record<string, unknown> {
    if (this.missing) return {};
    if (typeof this.value !== 'object' || Array.isArray(this.value))
      throw this.error('must be a map of keys and values');
    return this.value as Record<string, unknown>;
  }
}
