import type { Answer } from '../../core/answer.ts';
import { counted } from '../../core/counted.ts';
import { shellWord } from '../../core/shell-word.ts';
import { formatSize } from '../../core/units.ts';
import type { Inspection } from '../../verbs/inspection-shapes.ts';
import { type Define, explain } from '../command.ts';
import { type Context, invocation, withApp } from '../context.ts';
import { ANSWER_EXITS, EXIT, type ExitCode } from '../exit-codes.ts';
import { headState, headTime, headVersion, showSilence, type TierRow } from '../reports/tier-heads.ts';
import { ago, around, zonedTime } from '../terminal/figures.ts';
import type { Colour } from '../terminal/paint.ts';
import type { Column } from '../terminal/table.ts';

export const inspectCommand: Define = (parent, act) => {
  const command = parent
    .command('inspect')
    .description('show where a key is, tier by tier, its age, its last failure and when it is due')
    .argument('<key>', 'such as profile:5128581')
    .action((key: string) => act((context) => inspect(context, key)));
  explain(command, {
    examples: [['forewarm inspect profile:5128581', 'why is it warm, or not?']],
    exits: [EXIT.nothing, EXIT.unavailable],
  });
};

async function inspect(context: Context, key: string): Promise<ExitCode> {
  const { out } = context;
  const found = await withApp(context, {}, (app) => app.verbs.inspect(key));
  const now = context.time.now();
  out.document(found);
  const { failure } = found;
  out.facts([
    ['key', found.key],
    ['answer', `${found.state}: ${MEANINGS[found.state]}`],
    ['source', `${found.source} (${found.temperature})`],
    [
      'params',
      Object.entries(found.params)
        .map(([name, value]) => `${name}=${value}`)
        .join(' '),
    ],
    ['catalog', keptWarm(found, now)],
    ['left out', found.tiers.find(({ head }) => head?.unusable)?.head?.unusable ?? null],
    [
      'last failure',
      failure &&
        `${failure.outcome} ${ago(failure.at, now)}, ${failure.count === 0 ? 'by no fault of the key' : `${counted(failure.count, 'time')} in a row`}${failure.quarantined ? ', and is in quarantine' : ''}: ${failure.reason}`,
    ],
  ]);
  out.line();
  out.table(columnsAt(now), found.tiers);
  showSilence(out, found.tiers);
  const me = invocation(context);
  out.next(
    found.state === 'value'
      ? [[`${me} get ${shellWord(key)}`, 'the value']]
      : [[`${me} warm ${shellWord(`key=${key}`)}`, 'fetch it now']],
  );
  return ANSWER_EXITS[found.state];
}

const MEANINGS: Readonly<Record<Answer, string>> = {
  value: 'there is one',
  absent: 'the origin says that there is none',
  missing: 'nothing servable is stored',
  unavailable: 'a tier that may have it does not answer',
};
function keptWarm(found: Inspection, now: number): string {
  if (found.catalogued === null) return 'not known: the jobs Redis does not answer';
  return found.catalogued ? `${keptOf(found, now)}, due ${around(found.dueAt, now)}` : 'not kept warm';
}

/** What somebody named goes by itself; what an entity set has, too, stays. */
function keptOf({ keptUntil }: Inspection, now: number): string {
  if (keptUntil === null) return 'kept warm';
  const until = zonedTime(keptUntil, now);
  return keptUntil > now ? `kept warm until ${until}` : `named to be kept until ${until}`;
}

const COLOURS: Readonly<Record<string, Colour>> = { fresh: 'green', due: 'green', stale: 'yellow' };

function columnsAt(now: number): Column<TierRow>[] {
  return [
    { head: 'tier', cell: (row) => row.tier },
    { head: 'state', cell: headState, tint: (row) => COLOURS[row.head?.freshness ?? ''] ?? 'red' },
    { head: 'checked', cell: headTime('checkedAt', now) },
    { head: 'due', cell: headTime('dueAt', now) },
    { head: 'stale', cell: headTime('staleAt', now) },
    { head: 'gone', cell: headTime('goneAt', now) },
    {
      head: 'bytes',
      cell: (row) => (row.head === null ? '' : formatSize(row.head.bodyBytes)),
      align: 'right',
    },
    { head: 'version', cell: headVersion, flexible: true },
  ];
}
