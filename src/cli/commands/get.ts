import type { Clock } from '../../core/clock.ts';
import { bodyInJson } from '../../flow/body-in-json.ts';
import { Breath } from '../../flow/breath.ts';
import type { ValueView } from '../../verbs/entries.ts';
import { type Define, explain, notFound, unavailable } from '../command.ts';
import { type Context, withApp } from '../context.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';
import { ago, around } from '../terminal/figures.ts';

interface Flags {
  readonly offline?: boolean;
  readonly head?: boolean;
}

export const getCommand: Define = (parent, act) => {
  const command = parent
    .command('get')
    .description('write the value of a key to stdout, byte for byte')
    .argument('<key>', 'such as profile:5128581')
    .option('--offline', 'only what is stored; never ask the origin')
    .option('--head', 'its times, version and tags in place of the value')
    .action((key: string, flags: Flags) => act((context) => get(context, key, flags)));
  explain(command, {
    examples: [
      ['forewarm get profile:5128581 | jq .name', 'a value'],
      ['forewarm get profile:5128581 --head', 'how old it is, and when it is due'],
    ],
    exits: [EXIT.nothing, EXIT.unavailable],
  });
};

async function get(context: Context, key: string, flags: Flags): Promise<ExitCode> {
  const { out, io } = context;
  const found = await withApp(context, {}, (app) => app.verbs.get(key, flags.offline ?? false));
  if (found.state === 'missing') throw notFound(`nothing servable is stored under "${key}"`, { key });
  if (found.state === 'unavailable') throw unavailable(key, found.tiers);
  if (out.json) {
    const { head, tier } = found;
    const { state } = found;
    out.document(
      flags.head === true ? { state, tier, head } : { state, tier, head, ...(await bodyOf(found, io.clock)) },
    );
  } else if (flags.head === true) showHead(context, found);
  else out.raw(found.body);
  if (found.state === 'value') return EXIT.ok;
  out.note(`the origin says that there is no such value: "${key}"`);
  return EXIT.nothing;
}

async function bodyOf({ body }: ValueView, clock: Clock) {
  const { encoding, json } = await bodyInJson(body, new Breath({ clock }));
  return { encoding, body: JSON.parse(Buffer.from(json).toString()) };
}

function showHead({ out, time }: Context, { head, tier }: ValueView): void {
  const now = time.now();
  const rows: [string, string | null][] = [
    ['key', head.key],
    ['source', head.source],
    ['tier', tier],
    ['kind', head.kind],
    ['freshness', head.freshness],
    ['fetched', ago(head.fetchedAt, now)],
    ['checked', ago(head.checkedAt, now)],
    ['due', around(head.dueAt, now)],
    ['stale', around(head.staleAt, now)],
    ['gone', around(head.goneAt, now)],
    ['bytes', String(head.bodyBytes)],
    ['content type', head.contentType],
    ['etag', head.etag],
    ['last modified', head.lastModified],
    ['version', head.version],
    ['tags', head.tags.length === 0 ? null : head.tags.join(', ')],
    ['stamp', String(head.stamp)],
  ];
  out.facts(rows);
}
