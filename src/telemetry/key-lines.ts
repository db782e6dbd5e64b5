/** The log lines about keys and values. */
import { count, counted, countedWith } from '../core/counted.ts';
import type { Handlers, Write } from './handlers.ts';
import type { Logger } from './logger.ts';

export function ofKeys(once: Write): Handlers {
  return {
    'key:refused': ({ source, key, reason }) =>
      once('warn', { source, key, reason }, `${source}: a body was refused, and not written: ${reason}`),
    'values:vanished': ({ source, keys, reason }) =>
      once(
        'warn',
        { source, keys, reason },
        `${source}: ${counted(keys, 'value')} vanished at the origin, and the old ones stay: ${reason}; to believe it now: warm --accept-absent`,
      ),
    'values:doubted': ({ source, keys, reason }) =>
      once(
        'warn',
        { source, keys, reason },
        `${source}: ${countedWith(keys, 'key', ['has', 'have'])} no value, and that there is none is not believed yet: ${reason}; to believe it now: warm --accept-absent`,
      ),
    'source:shrank': ({ source, missing, keys, lately }) =>
      once(
        'warn',
        { source, missing, keys, lately },
        `${source}: its entity sets lack ${count(missing)} of ${counted(keys, 'key')}${lately === 0 ? '' : `, and ${count(lately)} were forgotten within the hour`}; they are kept warm until a second look says the same`,
      ),
    'keys:lost': ({ source, keys }) =>
      once(
        'warn',
        { source, keys },
        `${source}: ${countedWith(keys, 'key', ['was', 'were'])} in no tier any more, and fetched again; where that goes on, a tier has no room for its keys`,
      ),
    'source:moved': ({ source, from, to }) =>
      once('info', { source, from, to }, `${source}: its version moved, and every key is refreshed`),
    'key:failed': ({ source, key, reason, run }) =>
      once('warn', { source, key, reason, run }, `${source}: a key failed for good: ${reason}`),
  };
}

/** Of each source, and of each list of an entity set, once in a process: what its origin does to one value it does to all. */
export function ofMetadata(logger: Logger): Handlers {
  const said = new Set<string>();
  return {
    'metadata:unusable': ({ source, key, reason }) => {
      if (said.has(source)) return;
      said.add(source);
      const text = `${source}: values are kept, but not all that their origin says of them: ${reason}`;
      logger.warn({ source, key, reason }, text);
    },
  };
}
