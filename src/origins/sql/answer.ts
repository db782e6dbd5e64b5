/** Turns the rows of a query into one answer per key. */

import { bodyOf } from '../../core/body.ts';
import type { Clock } from '../../core/clock.ts';
import { counted } from '../../core/counted.ts';
import type { BodyFormat } from '../../core/entry.ts';
import { messageOf, OriginError } from '../../core/errors.ts';
import { parseExactly, withoutText } from '../../core/exact-json.ts';
import { quote } from '../../core/quote.ts';
import type { Source } from '../../core/source.ts';
import { bodyInSlices } from '../../flow/body-in-slices.ts';
import { Breath } from '../../flow/breath.ts';
import { parseInSlices } from '../../flow/json-in-slices.ts';
import type { Fetched, Known, OriginRequest } from '../origin.ts';
import { misspelt, spellingsIn } from '../spellings.ts';
import { listParamOf, type SqlRequestOptions } from './options.ts';
import { AT_ONCE, bytesOfText, isBytes, jsonOfColumn, jsonOfText } from './text.ts';

type Row = readonly (string | null)[];

/** The rows of a query as the server wrote them. */
export interface Rows {
  readonly fields: readonly { readonly name: string; readonly dataTypeID: number }[];
  readonly rows: readonly Row[];
}

/** Where in a row something is, and of which type. */
interface Column {
  readonly name: string;
  readonly at: number;
  readonly type: number;
}

interface Layout {
  readonly id: Column | undefined;
  readonly value: Column | undefined;
  readonly version: Column | undefined;
  readonly all: readonly Column[];
  readonly format: BodyFormat;
}

/**
 * One answer per request, in order; others have their turn between two of them. A key without a row is `absent`, with a doubt where no
 * key of the call has one; one whose row has the version that is known already is `unchanged`. Throws a permanent `OriginError` when the rows lack a column that the request names.
 */
export async function answersOf(
  source: Source,
  request: SqlRequestOptions,
  result: Rows,
  requests: readonly OriginRequest[],
  clock: Clock,
): Promise<Fetched[]> {
  const param = listParamOf(request);
  const layout = layoutOf(source, request, param, result);
  const { id } = layout;
  const breath = new Breath({ clock });
  const answers: Fetched[] = [];
  if (param === undefined || id === undefined) {
    for (const { known } of requests) answers.push(await fetchedFrom(layout, result.rows, known, breath));
    return answers;
  }
  const byId = await rowsById(result, id, breath);
  const asked = new Set(requests.map(({ params }) => params[param] ?? ''));
  const lack = await lackIn(byId, asked, id, breath);
  for (const { params, known } of requests) {
    const wanted = params[param] ?? '';
    const rows = byId.get(wanted);
    answers.push(rows === undefined ? lack(wanted) : await fetchedFrom(layout, rows, known, breath));
    if (breath.isDue) await breath.take();
  }
  return answers;
}

async function rowsById({ rows }: Rows, id: Column, breath: Breath): Promise<ReadonlyMap<string, Row[]>> {
  const byId = new Map<string, Row[]>();
  for (const [i, row] of rows.entries()) {
    if (breath.isDueAt(i)) await breath.take();
    const own = byId.get(row[id.at] ?? '');
    if (own === undefined) byId.set(row[id.at] ?? '', [row]);
    else own.push(row);
  }
  return byId;
}

/**
 * What the rows say of an id that none of them is of. A server compares text as its collation does, so a row may have an id in
 * another spelling; and rows of which nobody asked for one are of another column. A call for many that gives no row at all is no
 * proof for any: the table may be filled again at that moment.
 */
async function lackIn(
  given: ReadonlyMap<string, unknown>,
  asked: ReadonlySet<string>,
  { name }: Pick<Column, 'name'>,
  breath: Breath,
): Promise<(id: string) => Fetched> {
  // NULL is nobody's id: an outer join has it where there is no row.
  const ids = [...given.keys()].filter((id) => id !== '');
  const isComplete = [...asked].every((id) => given.has(id));
  const spellingOf = await spellingsIn(isComplete ? [] : ids, breath);
  const [stranger] = ids.some((id) => asked.has(id)) ? [] : ids;
  const doubt = `the query gives no row for any of the ${counted(asked.size, 'key')} of its call`;
  const failed = (message: string): Fetched => ({
    kind: 'error',
    error: new OriginError('permanent', message),
  });
  return (id) => {
    const spelling = spellingOf(id);
    if (spelling !== undefined) return failed(misspelt('the query', id, spelling));
    if (stranger !== undefined) {
      return failed(
        `the query gives only rows that were not asked for, such as ${quote(stranger)}; is column "${name}" what keys are asked for by?`,
      );
    }
    return asked.size > 1 && ids.length === 0 ? { kind: 'absent', doubt } : { kind: 'absent' };
  };
}

function layoutOf(
  source: Source,
  request: SqlRequestOptions,
  param: string | undefined,
  { fields }: Rows,
): Layout {
  const all = fields.map(({ name, dataTypeID: type }, at) => ({ name, at, type }));
  const refuse = (why: string) => new OriginError('permanent', `query of source "${source.name}": ${why}`);
  const repeated = fields.find(({ name }, i) => fields.findIndex((field) => field.name === name) !== i);
  if (repeated !== undefined) throw refuse(`column "${repeated.name}" stands twice; name one with AS`);
  const column = (name: string | undefined): Column | undefined => {
    const found = all.find((one) => one.name === name);
    if (found !== undefined || name === undefined) return found;
    throw refuse(`there is no column "${name}"; it gives ${fields.map((field) => field.name).join(', ')}`);
  };
  return {
    id: param === undefined ? undefined : column(request.id ?? param),
    value: column(request.value),
    version: column(request.version),
    all,
    format: source.format,
  };
}

async function fetchedFrom(
  layout: Layout,
  rows: readonly Row[],
  known: Known | undefined,
  breath: Breath,
): Promise<Fetched> {
  const [row] = rows;
  if (row === undefined) return { kind: 'absent' };
  if (rows.length > 1) {
    const message = `the query gave ${counted(rows.length, 'row')} for one key; let it give one, such as by json_agg`;
    return { kind: 'error', error: new OriginError('permanent', message) };
  }
  const version = layout.version === undefined ? undefined : (row[layout.version.at] ?? undefined);
  if (version !== undefined && version === known?.version) return { kind: 'unchanged' };
  let body: Uint8Array;
  try {
    body = await bodyFrom(layout, row, breath);
  } catch (cause) {
    const message = `a row does not fit the source's format: ${messageOf(cause)}`;
    return { kind: 'error', error: new OriginError('permanent', message) };
  }
  return {
    kind: 'body',
    body,
    ...(layout.format === 'json' && { contentType: 'application/json' }),
    ...(version !== undefined && { version }),
  };
}

async function bodyFrom({ value, all, format }: Layout, row: Row, breath: Breath): Promise<Uint8Array> {
  const text = ({ at }: Column) => row[at] ?? null;
  if (value !== undefined && (format === 'raw' || (format !== 'json' && isBytes(value.type)))) {
    return bytesOfText(value.type, text(value));
  }
  const used = value === undefined ? all : [value];
  const length = used.reduce((sum, one) => sum + (text(one)?.length ?? 0), 0);
  if (length > AT_ONCE) return largeBody({ value, all, format }, text, breath);
  const members = () => all.map((one) => `${JSON.stringify(one.name)}:${jsonOfText(one.type, text(one))}`);
  const json = value === undefined ? `{${members().join(',')}}` : jsonOfText(value.type, text(value));
  return format === 'json' || format === 'raw'
    ? Buffer.from(json)
    : bodyOf(format, withoutText(parseExactly(json)));
}

async function largeBody(
  { value, all, format }: Pick<Layout, 'value' | 'all' | 'format'>,
  text: (column: Column) => string | null,
  breath: Breath,
): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  if (value !== undefined) parts.push(await jsonOfColumn(value.type, text(value), breath));
  else {
    for (const one of all) {
      parts.push(Buffer.from(`${parts.length === 0 ? '{' : ','}${JSON.stringify(one.name)}:`));
      parts.push(await jsonOfColumn(one.type, text(one), breath));
    }
    parts.push(Buffer.from('}'));
  }
  const json = Buffer.concat(parts);
  if (format === 'json' || format === 'raw') return json;
  return bodyInSlices(format, await parseInSlices(json, { breath, exact: true }), breath);
}
