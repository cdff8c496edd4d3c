import { describe, expect, it } from 'vitest';
import { loadModule } from './module.ts';

const handler = async () => 'x';

describe('loadModule', () => {
  it.each([
    ['export default', { default: handler }],
    ['module.exports', handler],
    ['module.exports seen through import()', { default: handler, 'module.exports': handler }],
    ['exports.default seen through import()', { default: { default: handler } }],
    ['exports.handler', { handler }],
    ['exports.handler seen through import()', { default: { handler }, handler }],
  ])('finds the handler of %s', (_name, module) => {
    expect(loadModule(module)).toEqual({ handler, streaming: false });
  });

  it('finds the options beside an ES default and on a CommonJS function', () => {
    const options = { body: 'stream', warm: () => {}, close: () => {}, openapi: () => ({}), metrics: () => '' };
    const { body, ...hooks } = options;
    expect(body).toBe('stream');
    expect(loadModule({ default: handler, ...options })).toEqual({ handler, streaming: true, ...hooks });
    const common = Object.assign(async () => 'x', options);
    expect(loadModule(common)).toEqual({ handler: common, streaming: true, ...hooks });
    expect(loadModule({ default: { default: handler, ...options } })).toMatchObject({ handler, streaming: true });
  });

  it.each([
    [{}, 'It exports nothing. Write: export default'],
    [undefined, 'It exports nothing.'],
    [{ default: 'text', greet: handler }, 'It exports: default, greet.'],
    [{ default: handler, body: 'buffer' }, 'body = "buffer"; the only value known is \'stream\''],
    [{ default: handler, warm: true }, 'exports warm, which must be a function'],
  ])('says what is wrong with %j', (module, words) => {
    expect(() => loadModule(module)).toThrow(words);
  });
});
