/** The inputs of a run: each is made from the seed of the run and its own number, so that any of them can be made again alone. */
import type { Random } from '../../../src/core/clock.ts';
import { seeded } from '../../support/chaos-tier.ts';
import { jsonMutated } from './json-inputs.ts';
import { mutated, pick } from './mutate.ts';
import { LONGEST, type Parser } from './parser.ts';

const MOST_RANDOM_BYTES = 64;
const LONG = 20_000;

export function inputOf({ examples, longest = LONGEST }: Parser, seed: number, index: number): string {
  const random = seeded(Math.imul(seed, 0x9e3779b1) ^ Math.imul(index + 1, 0x85ebca6b));
  const roll = random();
  // Large ones are few: a thousand times the length takes a thousand times as long.
  if (roll < 0.0001) return large(examples, random, longest);
  if (roll < 0.01) return large(examples, random, Math.min(LONG, longest));
  if (roll < 0.1) return randomBytes(random);
  if (roll < 0.3) return jsonMutated(pick(examples, random), random) ?? mutated(examples, random);
  return mutated(examples, random).slice(0, longest);
}

function randomBytes(random: Random): string {
  const length = Math.floor(random() * MOST_RANDOM_BYTES);
  return String.fromCharCode(...Array.from({ length }, () => Math.floor(random() * 256)));
}

/** Deep, repeated, or an example around a long middle. */
function large(examples: readonly string[], random: Random, length: number): string {
  const piece = random() < 0.5 ? pick(REPEATED, random) : mutated(examples, random).slice(0, 200) || ' ';
  const middle = piece.repeat(Math.ceil(length / piece.length));
  if (random() < 0.5) return middle.slice(0, length);
  const around = pick(examples, random);
  const at = Math.floor(random() * (around.length + 1));
  return around.slice(0, at) + middle.slice(0, Math.max(0, length - around.length)) + around.slice(at);
}

/** What makes recursion deep and backtracking long. */
const REPEATED: readonly string[] = [
  ...[
    '[',
    ']',
    '{"a":',
    '{',
    '(',
    '<',
    '"',
    "'",
    '\\',
    '\\"',
    '""',
    ',',
    ';',
    ':',
    '=',
    '.',
    '..',
    '/',
    '../',
  ],
  ...[
    '%',
    '%25',
    '@',
    '#',
    '?',
    '&',
    '-',
    '- ',
    '*',
    '&a ',
    '*a ',
    ' ',
    '\t',
    '\n',
    '\r\n',
    '\r',
    '\0',
    '\u001f',
  ],
  ...[
    'a',
    'A',
    '0',
    '9',
    '0.',
    '1e',
    'é',
    '\u202e',
    '😀',
    'a,',
    'a=',
    'a;',
    'a b ',
    'a: ',
    '1m',
    'a@',
    'x:',
    '${',
    '${A:-',
  ],
  ...[
    '://',
    'a://',
    'a:b@',
    '"a",',
    '\\u0000',
    'W/"',
    'a\n',
    'a,b\n',
    '{"a":1}\n',
    '[[[1]]]',
    '\x91',
    '\x81\xa1a',
    '\xff',
  ],
];
