/** What keeps a key warm, or why nothing does. Exactly one applies. */
import { instantText } from '../../core/written-time.ts';
import { KEPT_CAUSES, type KeptCause } from './causes.ts';
import type { KeyFacts } from './key-facts.ts';
import { firstOnly, namesOf, type Said } from './told.ts';

type Rule = (facts: KeyFacts) => Said;

const DECISIVE: Readonly<Record<KeptCause, Rule>> = {
  constant: ({ source }) =>
    source.key.names.length === 0 ? 'It is the one key of its source, which needs no entity set.' : undefined,
  listed: ({ sets }) => {
    if (sets?.isListed !== true) return undefined;
    if (sets.listing.length === 0) return 'An entity set has it.';
    return `${sets.listing.length === 1 ? 'Entity set' : 'Entity sets'} ${namesOf(sets.listing)} ${sets.listing.length === 1 ? 'has' : 'have'} it.`;
  },
  named: ({ record, now }) =>
    record?.keptUntil !== undefined && record.keptUntil > now
      ? `Somebody named it: it is kept warm until ${instantText(record.keptUntil)}, though no entity set has it.`
      : undefined,
  'set-unread': ({ sets }) => {
    const [first] = sets?.unread ?? [];
    return first && `Entity set "${first.entities}", which may have it, cannot be read: ${first.reason}.`;
  },
  'no-set-feeds': ({ sets, source }) =>
    sets?.feeding.length === 0
      ? `No entity set feeds source "${source.name}": none has the columns ${source.key.names.join(', ')}, so nothing keeps its keys warm but naming them.`
      : undefined,
  'in-no-set-any-more': ({ sets, record }) =>
    sets !== undefined && record !== undefined
      ? `No entity set has it any more (${namesOf(sets.feeding)}): it is refreshed until \`gc\` forgets it.`
      : undefined,
  'in-no-set': ({ sets }) => {
    if (sets === undefined) return undefined;
    const near = sets.near === undefined ? '' : `; did you mean "${sets.near}"?`;
    return `None of the entity sets that feed its source has it (${namesOf(sets.feeding)}), so nothing keeps it warm${near}`.replace(
      /[^?]$/,
      '$&.',
    );
  },
  'not-looked': () => 'Whether an entity set has it was not looked up.',
};

/** Each applies only where none before it does. */
export const KEPT_RULES = firstOnly(KEPT_CAUSES, DECISIVE);
