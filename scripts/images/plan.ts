import { readFileSync } from 'node:fs';
import path from 'node:path';
import { substitute } from '../../gateway/stack/envsubst.ts';
import { YamlValue } from '../../gateway/stack/yaml.ts';
import { UsageError } from '../models/usage-error.ts';

/** What is needed to build a function's image. */
export interface ImagePlan {
  name: string;
  /** The folder of its template, relative to the stack file. */
  template: string;
  /** The folder of its handler, relative to the stack file. */
  handler: string;
  image: string;
  buildArgs: Record<string, string>;
}

export interface StackPlan {
  functions: ImagePlan[];
  /** `configuration.copy`: files and folders that every image gets. */
  copy: string[];
}

/**
 * Reads what `faas-cli build` reads from a stack file.
 * @param names only these functions; all if it is empty
 * @throws StackError for an invalid file, UsageError for an unknown name
 */
export function readPlan(file: string, names: string[], variables: Record<string, string | undefined>): StackPlan {
  const text = substitute(readFileSync(file, 'utf8'), (name) => variables[name] ?? '');
  const root = YamlValue.parse(text, path.basename(file));
  const functions = root.get('functions').entries().map(planOf);
  const unknown = names.filter((name) => !functions.some((fn) => fn.name === name));
  if (unknown.length > 0) throw new UsageError(`${path.basename(file)} has no function ${unknown.join(', ')}.`, 2);
  return {
    functions: functions.filter(({ name }) => names.length === 0 || names.includes(name)),
    copy: root.get('configuration').get('copy').textList(),
  };
}

function planOf([name, value]: [string, YamlValue]): ImagePlan {
  return {
    name,
    template: path.join('template', value.get('lang').text()),
    handler: value.get('handler').text(),
    image: value.get('image').text(),
    buildArgs: value.get('build_args').textMap(),
  };
}
