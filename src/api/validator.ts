import { validatorCompiler } from 'fastify-type-provider-zod';
import { ForewarmError } from '../core/errors.ts';
import { HIDDEN_LENGTH } from '../core/read-with.ts';

/** Checks a part of a request by its schema; refuses what zod throws at, as `readWith` does. */
export const compileValidator: typeof validatorCompiler = (route) => {
  const check = validatorCompiler(route);
  return (data: unknown) => {
    try {
      return check(data);
    } catch (cause) {
      if (!(cause instanceof TypeError)) throw cause;
      throw new ForewarmError('E_REQUEST_INVALID', `the ${route.httpPart ?? 'request'}: ${HIDDEN_LENGTH}`, {
        cause,
      });
    }
  };
};
