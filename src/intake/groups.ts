import { TIMES } from '#config/times';
import { Repeated } from '#contract/options';
import { Problem } from '#contract/problems';
import type { Caller } from './body-budget.ts';
import { fromAddress } from './from-address.ts';
import { checkHeader, type Picture } from './header.ts';
import type { Limits } from './limits.ts';
import type { Raw } from './raw-request.ts';
import { isAddress, isTextValue, pictureText, type Text } from './text.ts';
import { type UrlRules, urlRulesFromEnv } from './url-rules.ts';

/*
 * Named groups of pictures in addition to a request's own: files, base64 texts or addresses in `FIELD[NAME]`, or
 * JSON {"FIELD": {"NAME": […]}}.
 */

/** Most pictures fetched for the groups of one request: each is a connection to another host. */
const MOST_ADDRESSES = 16;

export interface GroupRules {
  field: string;
  /** The word for a group in messages: "class". */
  called: string;
  maxGroups: number;
  /** Most characters of a name. */
  maxName: number;
  /** Of all groups in total. */
  maxMembers: number;
}

export interface Group {
  name: string;
  /** Pictures whose headers are checked, and embeddings. */
  members: (Picture | Float32Array)[];
}

/** Sources of members, and their limits. */
export interface GroupSources {
  limits: Limits;
  url?: UrlRules | undefined;
  caller: Caller;
}

/** `examples[a name]` and `examples[a name][]` → `a name`; `undefined` for any other field. */
export function groupName(field: string, group: string): string | undefined {
  if (!field.startsWith(`${group}[`)) return undefined;
  return /^(.+?)\](?:\[\d*\])?$/.exec(field.slice(group.length + 1))?.[1];
}

/**
 * Extracts the groups from a request.
 * @returns the rest, and the groups in the order sent
 * @throws Problem that names the group and the place in it: one that lacks a member would be another group
 */
export async function takeGroups(
  { files = [], options, ...raw }: Raw,
  rules: GroupRules,
  sources: GroupSources,
): Promise<{ raw: Raw; groups: Group[] | undefined }> {
  const { field } = rules;
  const isGroupField = (name: string) => name === field || groupName(name, field) !== undefined;
  const groupOptions = Object.entries(options).filter(([name]) => isGroupField(name));
  const sent = new Members(rules);
  for (const file of files) if (isGroupField(file.field)) sent.add(groupName(file.field, field), [file.bytes]);
  for (const [name, value] of groupOptions) {
    if (name !== field) sent.add(groupName(name, field), value instanceof Repeated ? value.values : [value].flat());
    else for (const [group, members] of entriesOf(value, rules)) sent.add(group, members);
  }
  const rest = Object.fromEntries(Object.entries(options).filter(([name]) => !isGroupField(name)));
  const others = files.filter((file) => !isGroupField(file.field));
  const groups = groupOptions.length + files.length > others.length ? await sent.checked(sources) : undefined;
  return { raw: { ...raw, options: rest, files: others }, groups };
}

/** The groups of JSON. */
function entriesOf(value: unknown, rules: GroupRules): [string, readonly unknown[]][] {
  const isObject = typeof value === 'object' && value !== null && !Array.isArray(value);
  const named = isObject && !isTextValue(value) && !(value instanceof Repeated) ? Object.entries(value) : [];
  const entries = named.map(([name, members]): [string, unknown] => [name, isTextValue(members) ? [members] : members]);
  const isList = (entry: [string, unknown]): entry is [string, readonly unknown[]] => Array.isArray(entry[1]);
  if (entries.length > 0 && entries.every(isList)) return entries;
  throw invalid(rules, `"${rules.field}" must be an object: each ${rules.called} by its name with a list of pictures.`);
}

/** The members of each group, counted before any is decoded. */
class Members {
  readonly #rules: GroupRules;
  readonly #groups = new Map<string, unknown[]>();
  #count = 0;

  constructor(rules: GroupRules) {
    this.#rules = rules;
  }

  add(name: string | undefined, members: readonly unknown[]): void {
    const { field, called, maxName, maxGroups, maxMembers } = this.#rules;
    if (name === undefined) throw invalid(this.#rules, `Each picture of "${field}" belongs in "${field}[NAME]".`);
    if (name.length > maxName) {
      throw invalid(this.#rules, `The name of a ${called} may have ${maxName} characters; one has ${name.length}.`);
    }
    this.#groups.set(name, [...(this.#groups.get(name) ?? []), ...members]);
    this.#count += members.length;
    if (this.#groups.size <= maxGroups && this.#count <= maxMembers) return;
    const most = `at most ${maxGroups} names and ${maxMembers} pictures in all`;
    throw invalid(this.#rules, `"${field}" may have ${most}; there are more.`);
  }

  /** One after another, as pictures of a batch are. */
  async checked(sources: GroupSources): Promise<Group[]> {
    const fetched = new Fetched(this.#rules, sources);
    const groups: Group[] = [];
    for (const [name, sent] of this.#groups) {
      const members: Group['members'] = [];
      if (sent.length === 0) throw invalid(this.#rules, `The ${this.#rules.called} "${name}" has no picture.`);
      for (const [place, one] of sent.entries()) {
        members.push(
          await this.#member(one, fetched, sources).catch((error) => {
            throw this.#atMember(error, name, place + 1);
          }),
        );
      }
      groups.push({ name, members });
    }
    return groups;
  }

  async #member(one: unknown, fetched: Fetched, { limits, caller }: GroupSources): Promise<Picture | Float32Array> {
    if (Buffer.isBuffer(one)) return checkHeader(one, limits, caller.signal);
    if (isTextValue(one)) return checkHeader(await this.#bytes(one, fetched), limits, caller.signal);
    const embedding = await embeddingOf(one, this.#rules.field);
    if (embedding) return embedding;
    throw invalid(this.#rules, 'this is neither a picture as base64, nor an address, nor an embedding.');
  }

  #bytes(text: Text, fetched: Fetched): Promise<Buffer> {
    const isOne = typeof text === 'string' && isAddress(text);
    return isOne ? fetched.get(text.trim()) : pictureText(text, this.#rules.field);
  }

  #atMember(error: unknown, name: string, place: number): unknown {
    if (!(error instanceof Problem)) return error;
    const { field, called } = this.#rules;
    const members = { ...error.members, option: field, [called]: name, place };
    return new Problem(error.code, `Picture ${place} of the ${called} "${name}": ${error.message}`, {
      members,
      headers: error.headers,
    });
  }
}

/** `[0.1, …]`, or `{"embedding": …}` with such a list or with base64 of little-endian floats of 32 bits. */
async function embeddingOf(value: unknown, field: string): Promise<Float32Array | undefined> {
  const inner = typeof value === 'object' && value !== null && 'embedding' in value ? value.embedding : value;
  if (Array.isArray(inner)) return inner.every(Number.isFinite) ? Float32Array.from(inner) : undefined;
  if (inner === value || !isTextValue(inner)) return undefined;
  const bytes = await pictureText(inner, field);
  if (bytes.length % Float32Array.BYTES_PER_ELEMENT !== 0) return undefined;
  return Float32Array.from({ length: bytes.length / 4 }, (_, i) => bytes.readFloatLE(4 * i));
}

/** Fetches pictures; all of them share the limits of bytes and time of one picture. */
class Fetched {
  readonly #rules: GroupRules;
  readonly #sources: GroupSources;
  readonly #until = performance.now() + TIMES.source;
  #count = 0;
  #left: number;

  constructor(rules: GroupRules, sources: GroupSources) {
    this.#rules = rules;
    this.#sources = sources;
    this.#left = sources.limits.maxBytes;
  }

  async get(address: string): Promise<Buffer> {
    this.#count += 1;
    if (this.#count > MOST_ADDRESSES) {
      throw invalid(this.#rules, `a request may name at most ${MOST_ADDRESSES} of these by their addresses.`);
    }
    const { url = urlRulesFromEnv(this.#left), caller } = this.#sources;
    const timeout = Math.max(1, Math.ceil(this.#until - performance.now()));
    const bytes = await fromAddress(address, { ...url, maxBytes: this.#left, timeout }, caller);
    this.#left -= bytes.length;
    return bytes;
  }
}

function invalid({ field }: GroupRules, detail: string): Problem {
  return new Problem('option-invalid', detail, { members: { option: field } });
}
