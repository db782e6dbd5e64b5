/** The files of `redis.tls`: read where connections are made, and looked at beforehand by `config check`. */
import { createSecureContext } from 'node:tls';
import { messageOf } from '../core/errors.ts';
import { readBoundedSync } from '../flow/files.ts';
import type { RedisOptions } from './options.ts';

type TlsOptions = RedisOptions['tls'];

/** Of certificates or a key, in bytes: the whole of the usual authorities is a quarter of it. */
const LARGEST_PEM = 1_000_000;
const FILES = ['ca', 'cert', 'key'] as const;

/** What is wrong with the files by themselves, by the option that names them; `read` is what could be read. */
export function readTlsFiles(tls: TlsOptions) {
  const read: { [K in (typeof FILES)[number]]?: Buffer } = {};
  const problems: (readonly [option: keyof TlsOptions, message: string])[] = [];
  for (const name of FILES) {
    const file = tls[name];
    if (file === undefined) continue;
    try {
      read[name] = readBoundedSync(file, LARGEST_PEM);
    } catch (cause) {
      problems.push([name, `"${file}" cannot be read: ${messageOf(cause)}`]);
    }
  }
  return { read, problems };
}

/** The same, and whether the files hold what they should, and belong together. */
export function tlsProblems(
  tls: TlsOptions,
): readonly (readonly [option: keyof TlsOptions, message: string])[] {
  const { read, problems } = readTlsFiles(tls);
  if (problems.length > 0) return problems;
  if (tls.cert !== undefined && tls.key === undefined)
    return [['cert', 'is of no use without the key that belongs to it; give redis.tls.key, too']];
  if (tls.key !== undefined && tls.cert === undefined)
    return [['key', 'is of no use without its certificate; give redis.tls.cert, too']];
  for (const [option, given] of [
    ['ca', { ca: read.ca }],
    ['cert', { cert: read.cert, key: read.key }],
  ] as const) {
    try {
      createSecureContext(given);
    } catch (cause) {
      return [
        [
          option,
          `"${tls[option]}" is not taken: ${messageOf(cause)}; PEM is needed, and a key that is its own`,
        ],
      ];
    }
  }
  return [];
}
