/** Whether the entity sets that are lists of origins name one that gives lists, and say what its kind wants to know. */
import { listFields, listKinds } from '../../origins/kinds.ts';
import { type ConfigNode, childOf, nodeAt, type Path, textAt } from '../document/config-node.ts';
import { adviceOn } from '../document/issues.ts';

type Report = (path: Path, message: string | undefined) => void;

export function checkLists(root: ConfigNode, report: Report): void {
  const sets = nodeAt(root, ['entities']);
  if (sets?.kind !== 'map') return;
  const origins = nodeAt(root, ['origins']);
  const names = origins?.kind === 'map' ? [...origins.members.keys()] : [];
  for (const [name, set] of sets.members) {
    const path = ['entities', name];
    const origin = textAt(root, [...path, 'origin']);
    const kind = textAt(root, ['origins', origin ?? '', 'kind']);
    if (origin !== undefined && !names.includes(origin)) {
      report([...path, 'origin'], `there is no origin "${origin}"; ${adviceOn(origin, names)}`);
    } else if (origin !== undefined && kind !== undefined && listKinds.get(kind) === undefined) {
      report([...path, 'origin'], `origin "${origin}" is of kind ${kind}, which gives no lists; ${KINDS} do`);
    }
    for (const field of Object.keys(listFields).filter((each) => childOf(set, each) !== undefined)) {
      report([...path, field], strayField(field, origin, kind));
    }
  }
}

const KINDS = [...listKinds].flatMap(([kind, list]) => (list === undefined ? [] : [kind])).join(' and ');

/** Undefined where the field may stand, or nobody can tell. */
function strayField(field: string, origin: string | undefined, kind: string | undefined): string | undefined {
  if (origin === undefined) return `\`${field}\` is of the list of an origin; name that by \`origin\``;
  const list = listKinds.get(kind ?? '');
  if (list === undefined || Object.hasOwn(list.shape, field)) return undefined;
  const fields = Object.keys(list.shape).join(', ');
  return `\`${field}\` has no meaning for an origin of kind ${kind}, which takes ${fields}`;
}
