import type { SettingLeaf } from '../../settings/settings.ts';
import { type Define, explain } from '../command.ts';
import { type Context, invocation, readSettings } from '../context.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';
import { counted } from '../terminal/figures.ts';
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
    .description('list every problem of the configuration, with file, line and path')
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
  const { out } = context;
  const { file, leaves, sources, origins } = await readSettings(context);
  const set = leaves.filter(({ from }) => from !== 'default').length;
  out.document({ file, problems: [], values: leaves.length, set });
  out.line(`${shownPath(file)} ${out.paint('green', 'is fine')}`);
  out.line(`  ${counted(sources.size, 'source')}, ${counted(origins.size, 'origin')}`);
  out.line(`  ${counted(leaves.length, 'value')}, ${set} of them set by you`);
  out.next([[`${invocation(context)} config print`, 'all of them']]);
  return EXIT.ok;
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
