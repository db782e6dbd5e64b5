/** How much processes log. */
import { expect } from 'vitest';
import { logLevelView } from '../../src/verbs/log-level-shapes.ts';
import { expectRejection, type VerbsClauses } from './verbs.steps.ts';

export const logLevelClauses: VerbsClauses = {
  'a level that is asked for is told with who asked and until when, and the last one counts': {
    async check({ verbs, pass }) {
      await verbs.setLogLevel({ level: 'warn' }, 'joe');
      await pass(1_000);
      const { asked } = logLevelView.parse(await verbs.setLogLevel({ level: 'debug', for: 60_000 }, 'ann'));
      expect(asked).toMatchObject([{ process: 'all', level: 'debug', by: 'ann' }]);
      expect(asked.map(({ at, until }) => until - at)).toEqual([60_000]);
      expect((await verbs.logLevel()).asked).toEqual(asked);
    },
    lie: ({ verbs }) => ({ setLogLevel: (request) => verbs.setLogLevel(request, 'joe') }),
  },

  'a level lasts as long as it was asked for, and ten minutes unless told': {
    async check({ verbs, pass }) {
      await verbs.setLogLevel({ level: 'debug' }, 'ann');
      await pass(599_000);
      expect((await verbs.logLevel()).asked).toHaveLength(1);
      await pass(1_000);
      expect((await verbs.logLevel()).asked).toEqual([]);
    },
    lie: ({ verbs }) => ({ setLogLevel: (request, by) => verbs.setLogLevel({ ...request, for: 1_000 }, by) }),
  },

  'what is configured can be asked for before that': {
    async check({ verbs, pass }) {
      await verbs.setLogLevel({ level: 'debug' }, 'ann');
      await pass(1);
      expect((await verbs.setLogLevel({ level: 'configured' }, 'ann')).asked).toMatchObject([
        { level: null },
      ]);
    },
    lie: ({ verbs }) => ({ setLogLevel: (_, by) => verbs.setLogLevel({ level: 'info' }, by) }),
  },

  'a process that does not live is not found, and nothing is asked for': {
    async check({ verbs }) {
      await expectRejection(verbs.setLogLevel({ level: 'debug', process: 'nobody' }, 'ann'), 'E_NOT_FOUND');
      expect((await verbs.logLevel()).asked).toEqual([]);
    },
    lie: ({ verbs }) => ({
      setLogLevel: (request, by) => verbs.setLogLevel({ ...request, process: 'all' }, by),
    }),
  },
};
