import { z } from 'zod';
import { absenceOption } from '../../core/absence.ts';
import { budgetOptions } from '../../core/budget.ts';
import { sizeFrom, timerFrom } from '../../core/options.ts';
import { baseUrl, fixedQuery, headers, template, throttledBy } from '../fields.ts';
import { proxyOption } from '../http/proxy.ts';
import { requestKind } from '../request-kind.ts';
import { expand, parseTemplate } from '../template.ts';

export const embeddingsOriginOptions = z.strictObject({
  kind: z
    .literal('embeddings')
    .describe('An endpoint that makes vectors of texts, as the embeddings API of OpenAI does.'),
  url: baseUrl().describe('What stands before `/embeddings`, such as `https://api.openai.com/v1`.'),
  headers: headers()
    // biome-ignore lint/suspicious/noTemplateCurlyInString: what a user writes, shown as an example
    .describe('Sent with every call, such as `authorization: "Bearer ${TOKEN}"`.'),
  query: fixedQuery().describe('Put into the query of every call, such as `api-version: "2024-10-21"`.'),
  timeout: timerFrom(1)
    .prefault('30s')
    .describe('A call that has not ended after this long has failed, and is retried.'),
  maxBodyBytes: sizeFrom(1).prefault('100MB').describe('A longer answer is refused.'),
  connections: z
    .int()
    .min(1)
    .optional()
    .describe('Connections that a process keeps open at most. Absent: as many as `concurrency`.'),
  throttledBy: throttledBy(),
  proxy: proxyOption(),
  ...budgetOptions,
  absence: absenceOption,
});
export type EmbeddingsOriginOptions = z.infer<typeof embeddingsOriginOptions>;

export const embeddingsRequestOptions = z
  .strictObject({
    model: z
      .string()
      .min(1)
      .describe("The model, such as `text-embedding-3-small`; let the source's key name it, too."),
    input: template()
      .default('{text}')
      .describe('The text of a key, such as `{title}: {text}`. Texts too long for a key are hashed in it.'),
    dimensions: z
      .int()
      .min(1)
      .optional()
      .describe(
        "How many numbers a vector has: asked for, and a vector of another length is no answer. Absent: the model's.",
      ),
    encoding: z
      .enum(['base64', 'float'])
      .default('base64')
      .describe(
        'How vectors are sent: `base64` takes a quarter of the bytes. A server that refuses it is asked for `float` from then on.',
      ),
    maxCharacters: z
      .int()
      .min(1)
      .optional()
      .describe('A longer text is not sent, and fails by itself: a server may refuse all of a call for it.'),
    keysPerCall: z.int().min(1).max(2_048).default(100).describe('Texts per call at most.'),
  })
  .superRefine(({ input }, context) => {
    const list = parseTemplate(input).params.find((param) => param.list);
    if (list === undefined) return;
    const message = `\`{${list.name}...}\` has no meaning here: \`input\` is the text of one key; write {${list.name}}`;
    context.addIssue({ code: 'custom', path: ['input'], message });
  });
export type EmbeddingsRequestOptions = z.infer<typeof embeddingsRequestOptions>;

/** Why the text of a key is not sent; undefined when it is. */
export function textProblem(text: string, maxCharacters: number | undefined): string | undefined {
  if (text === '') return 'the text is empty';
  if (maxCharacters === undefined || text.length <= maxCharacters) return undefined;
  return `the text has ${text.length} characters, and \`maxCharacters\` is ${maxCharacters}`;
}

export const embeddingsRequest = requestKind({
  schema: embeddingsRequestOptions,
  keysPerCall: (request) => request.keysPerCall,
  probe: () => undefined,
  problem: ({ input }, names) => {
    const missing = parseTemplate(input).params.find(({ name }) => !names.includes(name));
    return missing === undefined
      ? undefined
      : `uses {${missing.name}}; the key has only {${names.join('}, {')}}`;
  },
  refusal: ({ input, maxCharacters }) => {
    const template = parseTemplate(input);
    return (params) => {
      const text = expand(template, params, (value) => value);
      return text === undefined ? undefined : textProblem(text, maxCharacters);
    };
  },
});
