/** Checks of stored entries, a slice of keys at a time. */
import { crc32 } from 'node:zlib';
import type { Catalog } from '../../catalog/catalog.ts';
import type { Clock } from '../../core/clock.ts';
import { type Entry, type Head, isNewer } from '../../core/entry.ts';
import { messageOf } from '../../core/errors.ts';
import type { Sources } from '../../core/sources.ts';
import { tombstone } from '../../tiers/invalidation/invalidation.ts';
import type { Stack } from '../../tiers/stack/stack.ts';
import type { Tier, Write } from '../../tiers/tier.ts';
import type { Damage } from './damage.ts';
import type { Findings } from './findings.ts';
import { catalogue } from './import.ts';
import type { FindingKind } from './maintenance-shapes.ts';
import { disorderOf } from './times.ts';

/** How far it has come. */
export interface EntryCheck {
  /** Keys looked at; bodies read, and their bytes, in all tiers. */
  readonly entries: number;
  readonly bodies: number;
  readonly bytes: number;
  /** Why a tier did not answer, by its name. */
  readonly errors: ReadonlyMap<string, string>;
}

export interface EntryChecksDeps {
  readonly stack: Stack;
  readonly catalog: Catalog;
  readonly sources: Sources;
  readonly clock: Clock;
  readonly findings: Findings;
  readonly damage: Damage;
  readonly repair: boolean;
  readonly signal: AbortSignal;
}

/** What a tier holds under the keys of a slice. */
interface Answer {
  readonly tier: Tier;
  readonly entries: readonly (Entry | undefined)[];
}

/** What a tier holds under a key. */
interface Held {
  readonly tier: Tier;
  readonly entry: Entry | undefined;
}

export class EntryChecks implements EntryCheck {
  entries = 0;
  bodies = 0;
  bytes = 0;
  readonly errors = new Map<string, string>();
  readonly #deps: EntryChecksDeps;
  /** Those that outlive the process, widest reach first; all tiers where there are none. */
  readonly #tiers: readonly Tier[];

  constructor(deps: EntryChecksDeps) {
    this.#deps = deps;
    const { tiers } = deps.stack;
    const backing = tiers.filter(({ traits }) => traits.reach !== 'process');
    const wide = ({ traits }: Tier) => (traits.reach === 'shared' ? 0 : 1);
    this.#tiers = backing.length > 0 ? backing.sort((a, b) => wide(a) - wide(b)) : tiers;
  }

  async take(keys: readonly string[]): Promise<void> {
    const held = await this.#read(keys);
    const copied = await this.#settleDamage();
    const writes: Write[] = [];
    const sound: Head[] = [];
    const doubtful: string[] = [];
    const done = new Map<FindingKind, number>();
    for (const [i, key] of keys.entries()) {
      const holders = held.map(({ tier, entries }): Held => ({ tier, entry: entries[i] }));
      const best = newest(holders);
      if (best === undefined) continue;
      this.entries += 1;
      if (best.head.kind !== 'dropped' && this.#isOrphan(best.head, writes, done)) continue;
      const mended = this.#disorder(holders, writes, done);
      const stays = mended ?? best;
      if (stays !== 'nothing' && stays.head.kind !== 'dropped') sound.push(stays.head);
      if (mended !== undefined) continue;
      if (!this.#isTorn(holders, writes, done) && isUneven(holders)) doubtful.push(key);
    }
    await this.#compare(doubtful, held, keys);
    await this.#catalogue(sound);
    await this.#mend(writes, done);
    // The scan has already passed these keys, and will not return them again.
    const rest = copied.filter((key) => !keys.includes(key));
    if (rest.length > 0) await this.take(rest);
  }

  /** Takes what the scan has found damaged since the last slice. */
  async finish(): Promise<void> {
    const copied = await this.#settleDamage();
    if (copied.length > 0) await this.take(copied);
  }

  /** Damage was reported while it was read; now it is repaired, where that was asked for. Returns what was copied. */
  async #settleDamage(): Promise<string[]> {
    const { repair, damage, signal } = this.#deps;
    if (repair) return damage.mend(signal);
    damage.forget();
    return [];
  }

  /** The tiers that answer, with what they hold. */
  async #read(keys: readonly string[]): Promise<Answer[]> {
    const answers = await Promise.all(
      this.#tiers.map(async (tier) => {
        try {
          return [{ tier, entries: await tier.getMany(keys, 'entry', this.#deps.signal) }];
        } catch (error) {
          this.#deps.signal.throwIfAborted();
          this.errors.set(tier.name, messageOf(error));
          return [];
        }
      }),
    );
    for (const { entries } of answers.flat()) {
      for (const entry of entries) {
        if (entry?.head.kind !== 'value') continue;
        this.bodies += 1;
        this.bytes += entry.body.byteLength;
      }
    }
    return answers.flat();
  }

  /** A tombstone with the entry's own stamp takes its place, so that nothing written in the meantime is lost. */
  #isOrphan(head: Head, writes: Write[], done: Map<FindingKind, number>): boolean {
    const source = this.#deps.sources.get(head.source);
    const fits = source?.key.fits(head.key) === true;
    if (fits) return false;
    const reason =
      source === undefined
        ? `source "${head.source}" is not configured`
        : `the key does not fit the template of source "${head.source}", ${source.key.text}`;
    this.#deps.findings.add('orphan-entry', { key: head.key, tier: null, reason });
    writes.push(this.#removal(head));
    count(done, 'orphan-entry');
    return true;
  }

  /**
   * Times out of order: an entry of another tier replaces it if it is as new; otherwise it is removed, and due. Returns what
   * stays; undefined where all is in order.
   */
  #disorder(
    holders: readonly Held[],
    writes: Write[],
    done: Map<FindingKind, number>,
  ): Entry | 'nothing' | undefined {
    const bad = holders.flatMap(({ tier, entry }) => {
      const found = entry === undefined ? undefined : disorderOf(entry.head);
      return entry === undefined || found === undefined ? [] : [{ tier, head: entry.head, ...found }];
    });
    const [first] = bad;
    if (first === undefined) return undefined;
    for (const { tier, head, field, problem } of bad) {
      const reason = `its ${field} is ${head[field]}: ${problem}`;
      this.#deps.findings.add('head', { key: head.key, tier: tier.name, reason });
      count(done, 'head');
    }
    const stamp = Math.max(...bad.map(({ head }) => head.stamp));
    const good = newest(holders.filter(({ tier }) => !bad.some((one) => one.tier === tier)));
    const stays = good !== undefined && good.head.stamp >= stamp ? good : undefined;
    writes.push(
      stays === undefined ? this.#removal({ ...first.head, stamp }) : { kind: 'put', entry: stays },
    );
    return stays ?? 'nothing';
  }

  /** Of entries with the same stamp but different bytes, the one of the tier with the widest reach counts. */
  #isTorn(holders: readonly Held[], writes: Write[], done: Map<FindingKind, number>): boolean {
    const best = newest(holders);
    if (best === undefined) return false;
    const torn = holders.filter(({ entry }) => entry?.head.stamp === best.head.stamp && !isSame(entry, best));
    for (const { tier, entry } of torn) {
      const reason = `its body has the checksum ${crc32(entry?.body ?? '')}, elsewhere ${crc32(best.body)}, under the same stamp`;
      this.#deps.findings.add('disagreement', { key: best.head.key, tier: tier.name, reason });
      count(done, 'disagreement');
    }
    if (torn.length > 0) writes.push({ kind: 'put', entry: best });
    return torn.length > 0;
  }

  /** Looks a second time: what was being written during the first look is no finding. */
  async #compare(
    doubtful: readonly string[],
    held: readonly Answer[],
    keys: readonly string[],
  ): Promise<void> {
    if (doubtful.length === 0) return;
    const { stack, findings, damage, repair, signal } = this.#deps;
    const surveys = await stack.survey(doubtful, signal);
    const wrong: { key: string; kinds: FindingKind[] }[] = [];
    for (const { key, lacking, newest: head } of surveys) {
      const kinds: FindingKind[] = [];
      for (const { tier, entries } of held) {
        if (head === undefined || !lacking.includes(tier.name) || damage.isOf(tier.name, key)) continue;
        const older = entries[keys.indexOf(key)];
        const kind = older === undefined ? 'lacking' : 'disagreement';
        const reason =
          older === undefined
            ? 'another tier has it'
            : `it holds the stamp ${older.head.stamp}, the newest is ${head.stamp}`;
        findings.add(kind, { key, tier: tier.name, reason });
        kinds.push(kind);
      }
      if (kinds.length > 0) wrong.push({ key, kinds });
    }
    if (!repair || wrong.length === 0) return;
    await stack.fill(
      wrong.map(({ key }) => key),
      signal,
    );
    const after = await stack.survey(
      wrong.map(({ key }) => key),
      signal,
    );
    for (const [i, { kinds }] of wrong.entries()) {
      const open = this.#tiers.some(({ name }) => after[i]?.lacking.includes(name));
      if (!open) for (const kind of kinds) findings.repaired(kind, 1);
    }
  }

  async #catalogue(heads: readonly Head[]): Promise<void> {
    const { catalog, findings, repair } = this.#deps;
    for (const [name, of] of Map.groupBy(heads, ({ source }) => source)) {
      const records = await catalog.get(
        name,
        of.map(({ key }) => key),
      );
      const unknown = of.filter((_, i) => records[i] === undefined);
      const reason = 'it is stored, and the catalog does not keep it warm';
      for (const { key } of unknown) findings.add('uncatalogued', { key, tier: null, reason });
      if (!repair || unknown.length === 0) continue;
      await catalogue(catalog, name, unknown);
      findings.repaired('uncatalogued', unknown.length);
    }
  }

  async #mend(writes: readonly Write[], done: ReadonlyMap<FindingKind, number>): Promise<void> {
    const { stack, catalog, sources, findings, clock, repair, signal } = this.#deps;
    if (!repair || writes.length === 0) return;
    await stack.putMany(writes, signal);
    for (const write of writes) {
      if (write.kind !== 'put' || write.entry.head.kind !== 'dropped') continue;
      const { source, key } = write.entry.head;
      if (sources.has(source)) await catalog.reschedule(source, [key], clock.now());
    }
    for (const [kind, times] of done) findings.repaired(kind, times);
  }

  #removal({ source, key, stamp }: Head): Write {
    const at = this.#deps.clock.now();
    return tombstone({ source, keys: [key], mode: 'drop', stamp, at }, key);
  }
}

function count(done: Map<FindingKind, number>, kind: FindingKind): void {
  done.set(kind, (done.get(kind) ?? 0) + 1);
}

/** The entry with the highest stamp; of equal ones the first. */
function newest(holders: readonly Held[]): Entry | undefined {
  let best: Entry | undefined;
  for (const { entry } of holders) if (entry !== undefined && isNewer(entry.head, best?.head)) best = entry;
  return best;
}

function isSame(a: Entry, b: Entry): boolean {
  return a.head.kind === b.head.kind && Buffer.compare(a.body, b.body) === 0;
}

/** Whether a tier holds nothing, or something other than the newest. */
function isUneven(holders: readonly Held[]): boolean {
  return new Set(holders.map(({ entry }) => entry?.head.stamp)).size > 1;
}
