import { ForewarmError } from '../../../src/core/errors.ts';
import { USUAL_LEVEL_MS } from '../../../src/core/log-level.ts';
import type { LogLevelVerbs } from '../../../src/verbs/log-level.ts';
import type { LogLevelView } from '../../../src/verbs/log-level-shapes.ts';
import type { KnownValues } from './known-values.ts';

/** No process lives here: what is asked for is kept, and nobody follows. */
export function logLevelsInMemory({ clock }: Pick<KnownValues, 'clock'>): LogLevelVerbs {
  let asked: LogLevelView['asked'] = [];
  const logLevel = async () => {
    asked = asked.filter(({ until }) => until > clock.now());
    return { processes: [], asked: [...asked] };
  };
  return {
    logLevel,
    async setLogLevel({ level, process = 'all', for: ms = USUAL_LEVEL_MS }, by = 'library') {
      if (process !== 'all') throw new ForewarmError('E_NOT_FOUND', `there is no process "${process}"`);
      const at = clock.now();
      asked = [{ process, level: level === 'configured' ? null : level, by, at, until: at + ms }];
      return logLevel();
    },
  };
}
