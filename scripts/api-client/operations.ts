/** The operations of the OpenAPI document, as methods of the typed client and as the table by which it sends them. */
import { NDJSON } from '../../src/api/conventions.ts';
import type { OperationRow } from '../../src/api-client/call-shapes.ts';
import { asSchema, comment, docOf, nameOf, type Schema, typeOf } from './types.ts';

interface Parameter {
  readonly in: 'path' | 'query' | 'header';
  readonly name: string;
  readonly required?: boolean;
  readonly description?: string;
  readonly schema: Schema;
}

type Content = Readonly<Record<string, { readonly schema: Schema }>>;

export interface Operation {
  readonly operationId: string;
  readonly summary: string;
  readonly description?: string;
  readonly parameters?: readonly Parameter[];
  readonly requestBody?: { readonly content: Content };
  readonly responses: Readonly<Record<string, { readonly description: string; readonly content?: Content }>>;
  readonly security: readonly Readonly<Record<string, readonly string[]>>[];
}

export interface ApiDocument {
  readonly components: { readonly schemas: Readonly<Record<string, Schema>> };
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
}

/** How the client reads an answer, and the media type that it asks for. */
interface Answer extends Pick<OperationRow, 'kind' | 'accept'> {
  readonly type: string;
}

/** These headers have members of their own in the options of a call, or are the client's own business. */
const OWN_HEADERS = new Set(['idempotency-key', 'last-event-id']);

export function methodOf(path: string, method: string, operation: Operation): string {
  const { operationId, summary, description = '', security } = operation;
  const scope = security.flatMap(({ bearer = [] }) => bearer).join(', ') || 'none';
  const about = `${summary}. ${description} \`${method.toUpperCase()} ${path}\`, scope: ${scope}.`.replaceAll(
    '  ',
    ' ',
  );
  const { type, isNeeded } = requestOf(operation);
  const request = `request${isNeeded ? '' : '?'}: ${type}`;
  const { type: answer } = answerOf(operation);
  return `${comment(about, '  ')}  ${operationId}(${request}, options?: CallOptions): ${answer};\n`;
}

/** A row of the table of operations. */
export function rowOf(path: string, method: string, operation: Operation): string {
  const { kind, accept } = answerOf(operation);
  const query = (operation.parameters ?? []).filter((each) => each.in === 'query').map(({ name }) => name);
  const bodies = bodiesOf(operation).map(({ sends }) => (sends === NDJSON ? 'lines' : 'body'));
  const takes = [...namedIn(operation).map(({ name }) => name), ...bodies];
  const row: OperationRow = { method: method.toUpperCase(), path, takes, query, kind, accept };
  return `  ${operation.operationId}: ${JSON.stringify(row)},\n`;
}

function requestOf(operation: Operation): { type: string; isNeeded: boolean } {
  const named = namedIn(operation);
  const members = named.map((each) => memberOf(each)).join('');
  const bodies = bodiesOf(operation);
  const isNeeded =
    named.some(({ required }) => required === true) || bodies.some((body) => body.isNeeded === true);
  if (bodies.length === 0) return { type: members === '' ? 'NoRequest' : `{\n${members}  }`, isNeeded };
  // Where lines are taken as well as JSON, the query has the options that JSON has in itself.
  const types = bodies.map(({ sends, member }) => {
    const beside = bodies.length > 1 && sends !== NDJSON ? '' : members;
    return `{\n${beside}    readonly ${member}\n  }`;
  });
  return { type: types.join(' | '), isNeeded };
}

/** What stands in path and query, by the names that a request has for it. */
function namedIn({ operationId, parameters = [] }: Operation): readonly Parameter[] {
  const foreign = parameters.find((each) => each.in === 'header' && !OWN_HEADERS.has(each.name));
  if (foreign !== undefined) throw new Error(`${operationId}: the client sends no header "${foreign.name}"`);
  const named = parameters.filter((each) => each.in !== 'header');
  const names = named.map(({ name }) => name);
  const twice = names.find((name, i) => names.indexOf(name) !== i || name === 'body' || name === 'lines');
  if (twice !== undefined) throw new Error(`${operationId}: "${twice}" would mean two things in a request`);
  return named;
}

function memberOf({ name, required = false, description, schema }: Parameter): string {
  const doc = docOf({ ...schema, ...(description === undefined ? {} : { description }) }, '    ');
  const [mark, absent] = required ? ['', ''] : ['?', ' | undefined'];
  return `${doc}    readonly ${nameOf(name)}${mark}: ${parameterType(schema)}${absent};\n`;
}

/** Yes and no stand in a query as words. */
function parameterType(schema: Schema): string {
  const type = typeOf(schema, '    ');
  return type === '"true" | "false"' ? 'boolean' : type;
}

interface RequestBody {
  readonly sends: string;
  readonly member: string;
  readonly isNeeded: boolean;
}

/** The forms that the body of a request may have; none where it has no body. */
function bodiesOf({ operationId, requestBody }: Operation): readonly RequestBody[] {
  return Object.entries(requestBody?.content ?? {}).map(([sends, { schema }]) => {
    if (sends === NDJSON) return { sends, member: 'lines: Lines;', isNeeded: true };
    if (sends !== 'application/json') throw new Error(`${operationId}: the client sends no ${sends}`);
    const type = typeOf(schema, '    ');
    const isNeeded = !type.endsWith(' | null');
    return { sends, member: isNeeded ? `body: ${type};` : `body?: ${type} | undefined;`, isNeeded };
  });
}

/** Of several forms the one that says most of its answer: JSON, lines, events, text. */
function answerOf({ operationId, responses }: Operation): Answer {
  const contents = Object.entries(responses).flatMap(([status, { content = {} }]) =>
    status === '200' || status === '202' ? Object.entries(content) : [],
  );
  const json = contents.filter(([type]) => /^application\/(?:json|vnd\.[\w.]+\+json)$/.test(type));
  const types = [...new Set(json.map(([, { schema }]) => typeOf(schema, '  ')))];
  if (types.length > 0) {
    return { kind: 'json', accept: json[0]?.[0] ?? '', type: `Promise<${types.join(' | ')}>` };
  }
  const [[accept = '', { schema = {} } = {}] = []] = contents;
  if (accept === NDJSON) return { kind: 'lines', accept, type: 'AsyncIterable<string>' };
  if (accept === 'text/event-stream') {
    return { kind: 'events', accept, type: `AsyncIterable<${eventsOf(operationId, schema)}>` };
  }
  if (accept === 'text/plain') return { kind: 'text', accept, type: 'Promise<string>' };
  throw new Error(`${operationId}: the client reads no answer of the type "${accept}"`);
}

/** The events that a program sees; a `problem` is thrown. */
function eventsOf(operationId: string, schema: Schema): string {
  const events = Object.entries(asSchema(schema['x-events'])).filter(([name]) => name !== 'problem');
  if (events.length === 0) throw new Error(`${operationId}: the document names no events of the stream`);
  return events
    .map(([name, data]) => `ApiEvent<${JSON.stringify(name)}, ${typeOf(asSchema(data), '  ')}>`)
    .join(' | ');
}
