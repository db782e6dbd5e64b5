/** Every parser and decoder of what comes from outside. `coverage.test.ts` looks for those that are missing. */
import type { Parser } from '../parser.ts';
import { ANSWER_PARSERS } from './answers.ts';
import { API_ANSWER_PARSERS } from './api-answers.ts';
import { CONFIGURATION_PARSERS } from './configuration.ts';
import { ENTITY_FILE_PARSERS } from './entity-files.ts';
import { REQUEST_PARSERS } from './requests.ts';
import { STORED_PARSERS } from './stored.ts';
import { WORD_PARSERS } from './words.ts';

export const PARSERS: readonly Parser[] = [
  ...WORD_PARSERS,
  ...ANSWER_PARSERS,
  ...REQUEST_PARSERS,
  ...API_ANSWER_PARSERS,
  ...STORED_PARSERS,
  ...CONFIGURATION_PARSERS,
  ...ENTITY_FILE_PARSERS,
];
