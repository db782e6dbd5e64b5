/** Whether the modules of origins can be loaded, and export what is asked of them. */
import type { Clock } from '../../core/clock.ts';
import { messageOf } from '../../core/errors.ts';
import { within } from '../../flow/deadline.ts';
import { PATIENCE } from '../../flow/patience.ts';
import { loadModule } from '../../origins/module/user-module.ts';
import type { Settings } from '../settings.ts';
import type { SurveyNote } from './schedule-notes.ts';

export async function moduleProblems(settings: Settings, clock: Clock): Promise<SurveyNote[]> {
  const { origins, sources, versionProbes } = settings;
  const problems: SurveyNote[] = [];
  for (const [name, options] of origins) {
    if (options.kind !== 'module') continue;
    const late = () =>
      new Error(`module of origin "${name}" was not loaded within ${PATIENCE.module / 1_000} s`);
    try {
      const { hasVersions } = await within(
        clock,
        PATIENCE.module,
        () => loadModule(name, options.module),
        late,
      );
      if (hasVersions) continue;
      for (const { name: source } of [...sources.values()].filter(({ origin }) => origin === name)) {
        if (!versionProbes.has(source)) continue;
        const message = `the module of origin "${name}" exports no function "versionOf"`;
        problems.push({ path: `sources.${source}.request.versionProbe`, message });
      }
    } catch (error) {
      problems.push({ path: `origins.${name}.module`, message: messageOf(error) });
    }
  }
  return problems;
}
