import * as z from 'zod';
import { problemData } from '#contract/answers';
import { PROBLEMS, type ProblemCode } from '#contract/problems';

/*
 * A function's problems for its OpenAPI document: one response for each status, with a schema and an example for each
 * code.
 */

type Json = Record<string, unknown>;

/** Statuses with `Retry-After`. */
const WITH_RETRY_AFTER = new Set(['429', '503']);

/** The responses of every operation, as references to {@link problemResponses}. */
export function problemReferences(): Json {
  return Object.fromEntries(
    [...codesByStatus().keys()].map((status) => [status, { $ref: `#/components/responses/${status}` }]),
  );
}

/** Responses by status. @returns parts of a document, with `$defs` that are moved to its components later */
export function problemResponses(): Json {
  return Object.fromEntries([...codesByStatus()].map(([status, codes]) => [status, response(status, codes)]));
}

function response(status: string, codes: ProblemCode[]): Json {
  const examples = codes.map((code) => [code, { summary: PROBLEMS[code].title, value: example(code) }]);
  return {
    description: codes.map((code) => `${PROBLEMS[code].title} (\`${code}\`)`).join(', '),
    ...(WITH_RETRY_AFTER.has(status) && { headers: { 'Retry-After': RETRY_AFTER } }),
    content: {
      'application/problem+json': {
        schema: z.toJSONSchema(schemaOf(Number(status), codes), { target: 'draft-2020-12' }),
        examples: Object.fromEntries(examples),
      },
    },
  };
}

const RETRY_AFTER = { description: 'Seconds until another try makes sense.', schema: { type: 'integer' } };

/** The members of problems with this status. */
function schemaOf(status: number, codes: ProblemCode[]): z.ZodType {
  return problemData.and(
    z.looseObject({ status: z.literal(status), code: z.enum(codes as [ProblemCode, ...ProblemCode[]]) }),
  );
}

function example(code: ProblemCode): Json {
  const { status, title } = PROBLEMS[code];
  return {
    type: 'about:blank',
    title,
    status,
    code,
    detail: 'A sentence that says what to do.',
    callId: '3f6c9f0e-9a43-4c6b-8f0e-2d1c5b7a9e10',
  };
}

function codesByStatus(): Map<string, ProblemCode[]> {
  const all = new Map<string, ProblemCode[]>();
  for (const [code, { status }] of Object.entries(PROBLEMS)) {
    all.set(String(status), [...(all.get(String(status)) ?? []), code as ProblemCode]);
  }
  return all;
}
