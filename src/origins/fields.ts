/** The option fields that several kinds of origins share. */
import { z } from 'zod';
import { secret } from '../core/options.ts';
import { parsePath } from './json-path.ts';
import { templateProblem } from './template.ts';

const HEADER_NAME = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;

/** Headers that the connection sets, or that the way responses are read depends on. */
const OWN_HEADERS = [
  'accept-encoding',
  'connection',
  'content-encoding',
  'content-length',
  'expect',
  'host',
  'http2-settings',
  'keep-alive',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
];

/** Headers by which a server gives something else than the whole value: a part of it, a difference, or nothing at all. */
const OTHER_ANSWERS = ['a-im', 'max-forwards', 'range'];

/** Headers by name; their values are secrets. */
export const headers = () =>
  z
    .record(z.string(), trimmedSecret())
    .superRefine((record, context) => {
      const seen = new Map<string, string>();
      for (const [name, value] of Object.entries(record)) {
        const message = headerProblem(name) ?? twinProblem(name, seen) ?? valueProblem(name, value);
        if (message !== undefined) context.addIssue({ code: 'custom', path: [name], message });
      }
    })
    .default({});

/** What is put into the query of every call; the values are secrets. */
export const fixedQuery = () => z.record(z.string(), trimmedSecret()).default({});

/** A secret that is read from a file, or pasted, tends to bring a line break. */
const trimmedSecret = () => secret().trim();

/** Statuses that mean "slow down" at this origin. */
export const throttledBy = () =>
  z
    .array(z.int().min(400).max(999))
    .default([])
    .describe(
      'Statuses that mean "slow down" here, such as `[403]`, beside 429 and 430, 503 with a time to come back, and any other of 4xx that says so itself.',
    );

/** The name of a header of answers. */
export const headerName = () => z.string().regex(HEADER_NAME, { message: 'is not a header name' });

function headerProblem(name: string): string | undefined {
  if (!HEADER_NAME.test(name)) return `"${name}" is not a header name`;
  const lower = name.toLowerCase();
  // Conditions of what is stored are Forewarm's; any other makes a server answer with no value.
  if (OWN_HEADERS.includes(lower) || lower.startsWith('if-'))
    return `header "${name}" is set by Forewarm; leave it out`;
  return OTHER_ANSWERS.includes(lower)
    ? `header "${name}" asks for something else than the whole value, which would be refused; leave it out`
    : undefined;
}

/** Names of headers have no case, so the server would get both, and read either. `seen` has those before it, by their names in small letters. */
function twinProblem(name: string, seen: Map<string, string>): string | undefined {
  const twin = seen.get(name.toLowerCase());
  if (twin !== undefined)
    return `header "${name}" stands twice, first as "${twin}"; capitals make no difference`;
  seen.set(name.toLowerCase(), name);
  return undefined;
}

/** What HTTP carries in a value: tabs, blanks, visible ASCII and the rest of Latin-1. The value is a secret, and never quoted. */
function valueProblem(name: string, value: string): string | undefined {
  const at = value.search(/[^\t\x20-\x7e\x80-\xff]/);
  if (at < 0) return undefined;
  const code = value.codePointAt(at)?.toString(16).toUpperCase().padStart(4, '0');
  return `the value of header "${name}" has a character that no header can carry, U+${code} at place ${at + 1}; write it in Latin-1, or encode it`;
}

/** Text with params in it. */
export const template = () =>
  z.string().superRefine((text, context) => {
    const problem = templateProblem(text);
    if (problem !== undefined) context.addIssue({ code: 'custom', message: problem });
  });

/** A segment that servers and proxies take for a step to another resource, encoded or not. */
const STEP = /^[^?]*\/(\.|%2e){1,2}([/?]|$)/i;

/** Text with params in it, whose other parts may be a secret, such as the key of an API. */
export const secretTemplate = () =>
  z
    .string()
    .refine((text) => templateProblem(text) === undefined, {
      message:
        'has a broken param, or is too long; a param is written {name}, or {name...} for all of a batch',
    })
    .meta({ secret: true, format: 'template' });

/** A path, and perhaps a query, with params in it. */
export const path = () =>
  template()
    .refine((text) => /^\/[^#\s]*$/.test(text), {
      message: 'a path begins with "/" and has no "#" and no spaces',
    })
    .refine((text) => !/^[^?]*\\/.test(text), {
      message: 'a path has no "\\", which URLs take for a slash; write "/", or %5C where it is meant',
    })
    .refine((text) => !STEP.test(text), {
      message: 'a path has no "." and ".." between its slashes: every request would be refused',
    });

/** In characters: names that nest as deep as JSON may. */
const LONGEST_JSON_PATH = 4_096;

/** A dotted path into JSON; the text inside. Empty: all of it. */
export const jsonPath = () =>
  z
    .string()
    .max(LONGEST_JSON_PATH)
    .refine((text) => !parsePath(text).includes(''), {
      message: 'has a step without a name; write one dot between two names, and `\\.` for a dot within one',
    })
    .meta({ format: 'json-path' });

/** The same, where all of it would make no sense. */
export const innerPath = () => jsonPath().min(1);

/** The base URL of an API; request paths are appended to it. */
export const baseUrl = () =>
  z
    .url({ protocol: /^https?$/, error: 'must be an http:// or https:// URL' })
    .refine(isPlain, {
      message: 'has a user, a query or a fragment; put credentials into `headers`, a query into `query`',
    })
    .refine((text) => URL.parse(text)?.port !== '0', {
      message: 'names port 0, at which nothing listens; write the port',
    });

function isPlain(text: string): boolean {
  const url = URL.parse(text);
  return url === null || `${url.username}${url.password}${url.search}${url.hash}` === '';
}

/** When a source's `versionProbe` is made. Whether it is a cron expression is checked by the settings, which know schedules. */
export const probeSchedule = () =>
  z
    .string()
    .default('* * * * *')
    .describe('When it is asked for (cron, five fields or six with seconds first).');

/** What a source says of its `versionProbe`, whatever its kind. */
export const PROBE_MEANING =
  'A light call that tells the version which all values of the source share. When it moves, every key is refreshed.';
