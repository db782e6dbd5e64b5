import { type DoctorCheck, type Found, note, ok, warning } from '../../doctor-check.ts';
import type { ApiToken } from '../../examination.ts';

/** 20 characters of letters and digits are about 119 bits, and 16 of hexadecimal digits 64. */
const SHORTEST = 20;
/** Of different characters: fewer are no token that was made by chance. */
const VARIETY = 8;

export const apiTokens: DoctorCheck = {
  id: 'api-tokens',
  whether: 'the tokens of the control API cannot be guessed, and may do no more than they need',
  worst: 'warning',
  why: 'Whoever has a token may do what it may; a short one is found by trying, and one that may do everything is worth stealing.',
  needsJobs: false,
  examine({ configuration: { api } }) {
    const weak = api.tokens.flatMap(weakness);
    const all = api.tokens.filter(({ scopes }) => scopes.includes('admin'));
    const found = all.length > 1 && all.length === api.tokens.length ? [...weak, allAdmins(all)] : weak;
    if (found.length > 0) return found;
    return [ok('api.tokens', api.tokens.length === 0 ? 'none is needed' : 'each is long enough')];
  },
};

function weakness({ name, token }: ApiToken): Found[] {
  const where = `api.tokens.${name}`;
  const remedy = 'make one by chance, such as with `openssl rand -hex 24`';
  if (token.length < SHORTEST) return [warning(where, `it has fewer than ${SHORTEST} characters`, remedy)];
  const variety = new Set(token).size;
  return variety < VARIETY
    ? [warning(where, `it has fewer than ${VARIETY} different characters`, remedy)]
    : [];
}

function allAdmins(tokens: readonly ApiToken[]): Found {
  const names = tokens.map(({ name }) => name).join(', ');
  return note(
    'api.tokens',
    `all may do everything: ${names}`,
    'give each the scopes that it needs (`scopes`)',
  );
}
