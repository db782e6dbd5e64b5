import { counted } from '../../core/counted.ts';
import { ForewarmError } from '../../core/errors.ts';
import type { SurveyNote } from '../../settings/checks/schedule-notes.ts';
import type { SettingLeaf, Settings } from '../../settings/settings.ts';
import { type Define, explain } from '../command.ts';
import { type Context, invocation, readSettings } from '../context.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';
import { shownPath } from '../terminal/shown-path.ts';

export const configCommand: Define = (parent, act) => {
  const config = parent
    .command('config')
    .description('check, print and describe the configuration; needs no Redis');
  explain(config, {
    examples: [
      ['forewarm config check', 'every problem at once'],
      ['forewarm config print', 'every value, and where it came from'],
    ],
  });
  const check = config
    .command('check')
    .description('list every problem of the configuration and of its entity sets, with file, line and path')
    .action(() => act(checkConfig));
  explain(check, { examples: [['forewarm config check -c config/forewarm.yaml', 'before a deploy']] });
  const print = config
    .command('print')
    .description('print every value and where it came from; secrets are redacted')
    .argument('[path]', 'only what is below, such as tiers.disk')
    .action((path: string | undefined) => act((context) => printConfig(context, path)));
  explain(print, {
    examples: [
      ['forewarm config print tiers', 'a part of it'],
      ['forewarm config print --json | jq ".values[] | select(.from != \\"default\\")"', 'what you set'],
    ],
    exits: [EXIT.nothing],
  });
  const schema = config
    .command('schema')
    .description('print the JSON Schema of the configuration file, for editors')
    .action(() => act(printSchema));
  explain(schema, {
    examples: [['forewarm config schema > forewarm.schema.json', 'completion in an editor']],
  });
};

async function checkConfig(context: Context): Promise<ExitCode> {
  const { out, deps, io } = context;
  const settings = await readSettings(context);
  const { file, leaves, sources, origins } = settings;
  const survey = await deps.surveyOf(settings, io.clock, (words) => out.note(words));
  const problems = survey.problems.map((note) => placed(note, settings));
  if (problems.length > 0) throw surveyError(problems);
  const notes = survey.notes.map((note) => placed(note, settings));
  const set = leaves.filter(({ from }) => from !== 'default').length;
  out.document({ file, problems: [], notes, values: leaves.length, set });
  const fine = notes.length === 0 ? 'is fine' : `is fine, and there is something to know:`;
  out.line(`${shownPath(file)} ${out.paint('green', fine)}`);
  for (const note of notes) out.line(`  ${out.paint('yellow', 'note')} ${lineOf(note)}`);
  out.line(`  ${counted(sources.size, 'source')}, ${counted(origins.size, 'origin')}`);
  out.line(`  ${counted(leaves.length, 'value')}, ${set} of them set by you`);
  out.next([[`${invocation(context)} config print`, 'all of them']]);
  return EXIT.ok;
}

interface PlacedNote extends SurveyNote {
  /** As `SettingLeaf.from`; null where nothing of it was written. */
  readonly from: string | null;
}

/** With where its value, or the first one below it, was written. */
function placed(note: SurveyNote, { leaves }: Settings): PlacedNote {
  const below = (path: string) => `${path}.`.startsWith(`${note.path}.`);
  const leaf = leaves.find(({ path, from }) => below(path) && from !== 'default');
  return { ...note, from: leaf?.from ?? null };
}

function lineOf({ from, path, message }: PlacedNote): string {
  return [from, path, message].filter((part) => part !== null).join(': ');
}

function surveyError(problems: readonly PlacedNote[]): ForewarmError {
  const lines = problems.map(lineOf);
  const message = lines.length === 1 ? lines.join() : [`${lines.length} problems`, ...lines].join('\n  ');
  return new ForewarmError('E_CONFIG_INVALID', message, { details: { problems } });
}

async function printConfig(context: Context, path: string | undefined): Promise<ExitCode> {
  const { out } = context;
  const { file, leaves } = await readSettings(context);
  const shown = leaves.filter((leaf) => path === undefined || `${leaf.path}.`.startsWith(`${path}.`));
  out.document({ file, values: shown });
  if (shown.length === 0) {
    out.line(`the configuration has nothing at "${path}"`);
    return EXIT.nothing;
  }
  out.table<SettingLeaf>(
    [
      { head: 'path', cell: (leaf) => leaf.path },
      {
        head: 'value',
        cell: ({ value }) => (typeof value === 'string' ? value : JSON.stringify(value)),
        flexible: true,
      },
      { head: 'from', cell: (leaf) => leaf.from, tint: ({ from }) => (from === 'default' ? 'gray' : 'cyan') },
    ],
    shown,
  );
  return EXIT.ok;
}

async function printSchema({ io, deps }: Context): Promise<ExitCode> {
  io.stdout.write(`${JSON.stringify(await deps.settingsSchema(), null, 2)}\n`);
  return EXIT.ok;
}
