/**
 * What must hold between the parts of a configuration.
 *
 * zod has checked each part by itself before. Here the parts are compared: names that refer to others, keys that two sources could
 * share (`overlap.ts`), codecs of tiers and sources (`check-codec.ts`), what schedules leave out (`check-schedules.ts`). All of it is known from the configuration alone, needs no
 * server and no file, and is part of every start. What takes a look at the world (`survey.ts`: entity sets, what feeds which
 * source) and what is no mistake by itself (`schedule-notes.ts`) is for `config check` only.
 */
import { burstProblem } from '../../core/budget.ts';
import { ForewarmError } from '../../core/errors.ts';
import type { KeyTemplate } from '../../core/key.ts';
import type { Selector } from '../../core/selector/selector.ts';
import { formatSelector, parseSelector, selectorFromObject } from '../../core/selector/selector-grammar.ts';
import type { SourceRequest } from '../../origins/request-kind.ts';
import { CONTROL_LANE } from '../../queue/queue.ts';
import { BUILT_IN_SCHEDULES } from '../../schedules/configured.ts';
import { cronProblem, type ScheduleOptions, timezoneProblem } from '../../schedules/options.ts';
import {
  BACKING_NAMES,
  isBacking,
  problemsOf,
  TIER_NAMES,
  type TierName,
  type TiersOptions,
} from '../../tiers/kinds.ts';
import { type ConfigNode, nodeAt, type Path, positionOf } from '../document/config-node.ts';
import type { Finding } from '../document/finding.ts';
import { adviceOn } from '../document/issues.ts';
import type { ConfigParts, Good } from '../parts.ts';
import type { SourceOptions } from '../source-options.ts';
import { checkCodec } from './check-codec.ts';
import { checkGuards } from './check-guards.ts';
import { checkLists } from './check-lists.ts';
import { checkLives } from './check-lives.ts';
import { checkSchedules } from './check-schedules.ts';
import { sharedKey, TemplateTree } from './overlap.ts';

type Report = (path: Path, message: string | undefined) => void;

export function crossFindings(root: ConfigNode, parts: ConfigParts): Finding[] {
  const findings: Finding[] = [];
  const report: Report = (path, message) => {
    if (message !== undefined) findings.push({ position: positionOf(root, path), path, message });
  };
  checkTimes(root, parts, report);
  checkNames(root, report);
  checkTiers(parts, report);
  for (const [name, { burst, rate }] of Object.entries(parts.whole?.origins ?? {}))
    report(['origins', name, 'burst'], burstProblem(burst, rate));
  if (parts.whole !== undefined) {
    checkCodec(parts.whole, report);
    checkGuards(parts.whole, report);
    checkLives(parts.whole, report);
  }
  for (const [name, options] of parts.sources) {
    const source = { options, request: parts.requests.get(name), tiers: parts.whole?.tiers };
    checkSource(name, source, root, report);
  }
  checkKeys(parts, report);
  checkSchedules(parts, report);
  checkLists(root, report);
  for (const [name, { warm }] of parts.schedules) {
    if (warm !== undefined) checkSelector(name, warm, root, parts, report);
  }
  return findings;
}

/** The canonical text of what a schedule warms. Throws E_SELECTOR_INVALID. */
export function selectorTextOf(warm: ScheduleOptions['warm']): string {
  return formatSelector(typeof warm === 'string' ? parseSelector(warm) : selectorFromObject(warm));
}

function checkTimes(root: ConfigNode, { temperatures }: ConfigParts, report: Report): void {
  for (const [name, { schedule, timezone, ttl, refreshAhead }] of temperatures) {
    const path = ['temperatures', name];
    if (schedule !== undefined) report([...path, 'schedule'], cronProblem(schedule));
    if (timezone !== undefined) report([...path, 'timezone'], timezoneProblem(timezone));
    checkLifetime(path, { ttl, refreshAhead }, report);
  }
  const gc = nodeAt(root, ['jobs', 'gc', 'cron']);
  if (gc?.kind === 'scalar' && typeof gc.value === 'string') {
    report(['jobs', 'gc', 'cron'], cronProblem(gc.value));
  }
}

function checkLifetime(
  path: Path,
  { ttl, refreshAhead }: Good<Pick<SourceOptions, 'ttl' | 'refreshAhead'>>,
  report: Report,
): void {
  if (ttl === 0) report([...path, 'ttl'], 'must be longer than 0; a value that is never fresh is never warm');
  if (refreshAhead === 0) {
    report([...path, 'refreshAhead'], 'must be more than 0%; a value would be due as soon as it is fetched');
  }
}

function checkNames(root: ConfigNode, report: Report): void {
  if (nodeAt(root, ['origins', CONTROL_LANE]) !== undefined) {
    report(['origins', CONTROL_LANE], `"${CONTROL_LANE}" names the queue of other work; use another name`);
  }
  for (const name of BUILT_IN_SCHEDULES) {
    if (nodeAt(root, ['schedules', name]) === undefined) continue;
    report(['schedules', name], `"${name}" names a schedule of Forewarm's own; use another name`);
  }
}

function checkTiers({ whole }: ConfigParts, report: Report): void {
  if (whole === undefined) return;
  const { tiers, redis } = whole;
  if (!BACKING_NAMES.some((tier) => tiers[tier].enabled)) {
    const message = `no tier is on that outlives a process, so nothing would stay warm; turn on ${alternatives(BACKING_NAMES)}`;
    report(['tiers'], message);
  }
  for (const tier of TIER_NAMES) {
    for (const [option, message] of problemsOf(tier, tiers)) report(['tiers', tier, option], message);
  }
  const control = `${redis.prefix}:`;
  const values = tiers.redis.prefix;
  if (
    redis.cache === '' &&
    tiers.redis.enabled &&
    (control.startsWith(values) || values.startsWith(control))
  ) {
    const message = `"${values}" and redis.prefix "${redis.prefix}" begin alike on one server: entries could not be told from jobs; choose another`;
    report(['tiers', 'redis', 'prefix'], message);
  }
}

function checkSourceTiers(
  path: Path,
  chosen: readonly TierName[] | undefined,
  tiers: TiersOptions | undefined,
  report: Report,
): void {
  if (chosen === undefined || tiers === undefined) return;
  if (chosen.some((tier) => isBacking(tier) && tiers[tier].enabled)) return;
  const message = `names no tier that is on and outlives a process; add ${alternatives(BACKING_NAMES)}`;
  report([...path, 'tiers'], message);
}

/** `a, b or c`. */
function alternatives(names: readonly string[]): string {
  return [names.slice(0, -1).join(', '), ...names.slice(-1)].filter(Boolean).join(' or ');
}

interface CheckedSource {
  readonly options: Good<SourceOptions>;
  readonly request: SourceRequest | undefined;
  readonly tiers: TiersOptions | undefined;
}

function checkSource(
  name: string,
  { options, request, tiers }: CheckedSource,
  root: ConfigNode,
  report: Report,
): void {
  const path = ['sources', name];
  const { origin, key } = options;
  if (origin !== undefined && nodeAt(root, ['origins', origin]) === undefined) {
    const advice = adviceOn(origin, namesIn(root, 'origins'));
    report([...path, 'origin'], `there is no origin "${origin}"; ${advice}`);
  }
  checkLifetime(path, options, report);
  checkSourceTiers(path, options.tiers, tiers, report);
  if (request?.probe !== undefined) {
    report([...path, 'request', 'versionProbe', 'schedule'], cronProblem(request.probe));
  }
  if (key === undefined) return;
  report([...path, 'request'], request?.problem(key.names));
}

function checkKeys({ sources }: ConfigParts, report: Report): void {
  const templates = new Map<string, KeyTemplate>();
  const tree = new TemplateTree();
  for (const [name, { key: template }] of sources) {
    if (template === undefined) continue;
    const other = tree.sharing(template.text);
    const earlier = templates.get(other ?? '');
    if (earlier !== undefined) {
      const key = sharedKey(template.text, earlier.text) ?? '';
      const can = template.fits(key) && earlier.fits(key) ? `can both be "${key}"` : 'can give the same key';
      const message = `"${template.text}" and the key of source "${other}" ("${earlier.text}") ${can}; let them begin differently`;
      report(['sources', name, 'key'], message);
    }
    templates.set(name, template);
    tree.add(name, template.text);
  }
}

function checkSelector(
  name: string,
  warm: ScheduleOptions['warm'],
  root: ConfigNode,
  { sources }: ConfigParts,
  report: Report,
): void {
  const path = ['schedules', name, 'warm'];
  const within = (member: string) => (typeof warm === 'string' ? path : [...path, member]);
  let selector: Selector;
  try {
    selector = parseSelector(selectorTextOf(warm));
  } catch (error) {
    if (!(error instanceof ForewarmError)) throw error;
    report(path, error.message);
    return;
  }
  for (const record of ['sources', 'entities'] as const) {
    const known = namesIn(root, record);
    const noun = record === 'sources' ? 'source' : 'entity set';
    for (const one of selector[record].filter((word) => !known.includes(word))) {
      report(within(record), `there is no ${noun} "${one}"; ${adviceOn(one, known)}`);
    }
  }
  const templates = [...sources.values()].map((source) => source.key);
  for (const key of selector.keys) {
    // A template that is wrong could have been meant.
    if (templates.some((template) => template === undefined || template.fits(key))) continue;
    report(within('keys'), `no source has a key like "${key}"`);
  }
}

function namesIn(root: ConfigNode, record: string): string[] {
  const node = nodeAt(root, [record]);
  return node?.kind === 'map' ? [...node.members.keys()] : [];
}
