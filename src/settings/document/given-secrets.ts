/**
 * What an environment variable put into a place where secrets belong: a header, a token, the query or the body of a call, a text within
 * a query of SQL, and the user, the password and the path of an address that is secret. A server may repeat any of it, to whoever asks.
 */
import { percentDecoded } from '../../core/text.ts';
import { isHarmlessHeader, secretPartsOf } from '../../origins/http/secrets-sent.ts';
import { parseRedisUrl } from '../../redis/url.ts';
import type { ConfigScalar, Path } from './config-node.ts';
import { isNoName, isTelling, textsGiven } from './given-paths.ts';
import type { Environment } from './substitute.ts';

/** Which the packages read by themselves, and send or are asked for. */
const OF_PACKAGES = ['AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY', 'AWS_SESSION_TOKEN', 'PGPASSWORD'];
/** What a format or a version of an API is called: `application/json`, `2024-10-21`. */
const FORMAT = /^[a-z]+\/[a-z\d.+*-]+$|^\d{4}-\d\d-\d\d(-preview)?$/i;
/** What stands for a text in SQL. */
const SQL_TEXTS = /'((?:[^']|'')*)'/g;

/** Of a place that is secret. */
export function secretsPut(node: ConfigScalar, path: Path, env: Environment): string[] {
  const text = String(node.value);
  if (path[0] !== 'telemetry' && isHarmlessHeader(path.at(-1) ?? '')) return [];
  const given = textsGiven(node, env);
  if (URL.canParse(text) && text.includes('://')) return secretsOfUrl(text, given);
  return given.flatMap(secretPartsOf).filter(isSecret);
}

/** Of an address of Redis. */
export function secretsOfRedis(text: string): string[] {
  const address = parseRedisUrl(text);
  if (address === undefined || address.kind === 'socket') return [];
  return [address.password ?? ''].filter(isSecret).concat([address.username ?? ''].filter(isNoName));
}

/** Of a text that may be a query of SQL: what stands there in quotes. */
export function secretsInSql(node: ConfigScalar, env: Environment): string[] {
  const given = textsGiven(node, env);
  const texts = [...String(node.value).matchAll(SQL_TEXTS)].map(([, inside = '']) => inside);
  return given.filter((each) => isSecret(each) && texts.some((text) => text.includes(each)));
}

/** In variables that packages read. */
export function secretsOfPackages(env: Environment): string[] {
  return OF_PACKAGES.map((name) => env[name] ?? '').filter(isTelling);
}

/** The password is one wherever it was written; names of users and databases are where they look like none. */
function secretsOfUrl(text: string, given: readonly string[]): string[] {
  const url = new URL(text);
  const isGiven = (part: string) => given.some((each) => each.includes(part) || part.includes(each));
  const names = [url.username, ...url.pathname.split('/')].filter((part) => isNoName(part) && isGiven(part));
  const words = [...url.searchParams.values()].filter((part) => isSecret(part) && isGiven(part));
  return [...[url.password].filter(isSecret), ...names, ...words].flatMap((part) => [
    part,
    percentDecoded(part),
  ]);
}

function isSecret(text: string): boolean {
  return isTelling(text.trim()) && !FORMAT.test(text.trim());
}
