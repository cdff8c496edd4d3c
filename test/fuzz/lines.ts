import { callIdOf } from '#kit/call-id';
import { parseDuration } from '#kit/duration';
import { readDeployment } from '../../gateway/api/deployment.ts';
import { readLogQuery } from '../../gateway/api/system-logs.ts';
import { endToEnd } from '../../gateway/http/headers.ts';
import { BadBody } from '../../gateway/http/json-body.ts';
import { readRoute } from '../../gateway/http/route.ts';
import { LineSplitter } from '../../gateway/pool/lines.ts';
import { splitTarget } from '../../template/node-ts/runtime/call.ts';
import { parseFlat, parseNested, QUERY_RULES } from '../../template/node-ts/runtime/query.ts';
import { mutateBytes, mutateJson, mutateText } from './mutate.ts';
import type { Target } from './target.ts';

/* Parsers of the gateway and of the runtime: targets, queries, headers, names, logs. */

const TARGETS = [
  '/function/rotate-fn?angle=90',
  '/function/rotate-fn.openfaas-fn/a/b%20c?x=1#y',
  '/async-function/clip-fn/',
  '/system/function/rotate-fn?usage=1',
  'http://127.0.0.1:8080/function/clip-fn',
  '/ui/',
  '/healthz',
  // Found by fuzzing: a namespace alone is no name.
  '/async-function/.openfaas-fn/a?x=1',
];

const SEARCHES = [
  'a=1&b=2&a=3',
  'a[b][c]=1&a[b][]=2',
  'labels=cat,dog&labels=x',
  'x=%41%zz&=&&y',
  'a[0]=1&a[1]=2&a[x]=3',
];

const DEPLOYMENT = {
  service: 'rotate-fn',
  image: 'ghcr.io/obscura/rotate-fn:latest',
  namespace: 'openfaas-fn',
  envVars: { exec_timeout: '30s' },
  labels: { 'com.openfaas.scale.min': '1' },
  secrets: ['one'],
};

export const lines: Target[] = [
  {
    name: 'the target of a request',
    weight: 6,
    make: (random) => mutateText(random, random.pick(TARGETS), TARGETS),
    try: (target: string) => {
      const route = readRoute(target);
      if (route.kind !== 'function' && route.kind !== 'async') return;
      if (!/^[-\w.]+$/.test(route.name)) throw new Error(`the name ${route.name}`);
      if (!route.path.startsWith('/')) throw new Error(`the path ${route.path}`);
      if (!target.includes(route.path.slice(1))) throw new Error(`${route.path} was not asked for`);
    },
  },
  {
    name: 'a query',
    weight: 6,
    make: (random) => mutateText(random, random.pick(SEARCHES), SEARCHES),
    try: (search: string) => {
      const flat = parseFlat(search);
      if (Object.getPrototypeOf(flat) !== null) throw new Error('a query with a prototype');
      parseNested(search, QUERY_RULES, () => Object.create(null));
      const form = parseNested(search, { depth: 32, listLimit: 100, maxPairs: 1_000 }, () => ({}));
      if (Object.getPrototypeOf(form) !== Object.prototype && !Array.isArray(form))
        throw new Error('another prototype');
    },
  },
  {
    name: 'path and call id',
    weight: 4,
    make: (random) => ({ target: mutateText(random, random.pick(TARGETS)), id: mutateText(random, 'call-1') }),
    try: ({ target, id }: { target: string; id: string }) => {
      if (!/^[^?#]+$/.test(splitTarget(target).path)) throw new Error('a path with a query');
      if (!/^[\x21-\x7e]{1,128}$/.test(callIdOf(id))) throw new Error('a call id that no header takes');
    },
  },
  {
    name: 'headers that pass',
    weight: 3,
    make: (random) => ({
      connection: mutateText(random, 'close, X-Secret, content-length'),
      'x-secret': '1',
      te: 'trailers',
      host: 'h',
      'content-length': '5',
    }),
    try: (headers: Record<string, string>) => {
      const kept = endToEnd(headers);
      if ('te' in kept || 'connection' in kept) throw new Error('a hop-by-hop header passed');
      if (!('content-length' in kept)) throw new Error('the length was dropped');
    },
  },
  {
    name: 'a time',
    weight: 3,
    make: (random) => mutateText(random, random.pick(['1h30m', '250ms', '30', '1.5s', '99999999999h'])),
    try: (text: string) => {
      const ms = parseDuration(text);
      if (ms !== undefined && !(ms >= 0)) throw new Error(`${ms} ms`);
    },
  },
  {
    name: 'a deployment',
    weight: 2,
    make: (random) => mutateJson(random, DEPLOYMENT),
    try: (body: unknown) => {
      if (typeof body !== 'object' || body === null || Array.isArray(body)) return;
      try {
        const { name, environment } = readDeployment(body as Record<string, unknown>);
        if (!/^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/.test(name)) throw new Error(`the name ${name}`);
        const wild = Object.entries(environment).find(
          ([key, value]) => /[=\0]/.test(key) || key === '' || value.includes('\0'),
        );
        if (wild) throw new Error(`the variable ${wild}`);
      } catch (error) {
        if (!(error instanceof BadBody)) throw error;
      }
    },
  },
  {
    name: 'a question for the log',
    weight: 2,
    make: (random) => mutateText(random, 'since=2026-01-31T12:00:00Z&tail=5&instance=a&follow=1'),
    try: (query: string) => {
      const read = readLogQuery('rotate-fn', new URLSearchParams(query));
      if (typeof read !== 'string' && !Number.isInteger(read.tail)) throw new Error(`tail ${read.tail}`);
    },
  },
  {
    name: 'lines of a log',
    weight: 1,
    make: (random) => [mutateBytes(random, Buffer.from('one\r\ntwo\n\nthree é')), random.below(20)],
    try: ([bytes, cut]: [Buffer, number]) => {
      const whole: string[] = [];
      const splitter = new LineSplitter((line) => whole.push(line));
      splitter.push(bytes.subarray(0, cut));
      splitter.push(bytes.subarray(cut));
      splitter.end();
      const at = whole.findIndex((line) => line.includes('\n'));
      if (at >= 0) throw new Error(`line ${at} holds a line break`);
      if (whole.join('').replaceAll('\r', '') !== bytes.toString('utf8').replaceAll(/[\r\n]/g, ''))
        throw new Error('something was lost');
    },
  },
];
