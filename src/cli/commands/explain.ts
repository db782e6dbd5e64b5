import { shellWord } from '../../core/shell-word.ts';
import type { Explanation } from '../../verbs/explain/explanation-shapes.ts';
import { type Define, explain } from '../command.ts';
import { type Context, invocation, withApp } from '../context.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';
import { showExplanation } from '../reports/explanation-report.ts';

export const explainCommand: Define = (parent, act) => {
  const command = parent
    .command('explain')
    .description('say why a key is warm or cold, what holds it back now, and what would make it warm')
    .argument('<key>', 'such as profile:5128581')
    .action((key: string) => act((context) => explainKey(context, key)));
  explain(command, {
    examples: [
      ['forewarm explain profile:5128581', 'why is it cold?'],
      ['forewarm explain profile:5128581 --json | jq -r ".delays[].cause"', 'for scripts'],
    ],
    exits: [EXIT.partial, EXIT.unavailable],
  });
};

async function explainKey(context: Context, key: string): Promise<ExitCode> {
  const { out } = context;
  const found = await withApp(context, {}, (app) => app.verbs.explain(key));
  out.document(found);
  showExplanation(out, found, context.time.now());
  const me = invocation(context);
  const { command } = found;
  out.next([
    ...(command === null
      ? []
      : [[pasted(me, command), 'what would make it warm, or ends what holds it back'] as const]),
    [`${me} inspect ${shellWord(key)}`, 'the times of what each tier holds'],
  ]);
  return codeOf(found);
}

/** A command of a report, whose words are as for a shell, as this program was called. */
function pasted(me: string, command: string): string {
  return command.replace('forewarm', () => me);
}

/** A key that is not known to be warm is `unavailable` where somebody who could say more did not answer. */
function codeOf({ verdict, catalogued }: Explanation): ExitCode {
  if (verdict === 'warm') return EXIT.ok;
  return verdict === 'unknown' || catalogued === null ? EXIT.unavailable : EXIT.partial;
}
