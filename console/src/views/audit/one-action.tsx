import type { AuditRecord } from '../../../../src/api-client/client.ts';
import { visible } from '../../format/text.ts';
import { duration } from '../../format/times.ts';
import { Dialog } from '../../parts/dialog.tsx';
import { Badge } from '../../parts/layout.tsx';
import { Ago, Copy, Moment } from '../../parts/text.tsx';
import { filter } from '../../router.ts';
import { wordsOf } from './audit-verbs.ts';

const WAYS: Readonly<Record<AuditRecord['way'], string>> = {
  api: 'by the API, or this page',
  cli: 'by a command',
  library: 'by a program',
  inbox: 'by the inbox',
};

/** All that is on record of one action. Its address can be sent to somebody. */
export function OneAction({ action }: { readonly action: AuditRecord }) {
  const { at, who, way, verb, about, note, outcome, result, ms } = action;
  return (
    <Dialog title={`${visible(who)} ${wordsOf(verb)}`} close={() => filter({ action: '' })}>
      <dl class="record">
        <dt>What</dt>
        <dd>
          {about === '' ? (
            <span class="muted">nothing in particular</span>
          ) : (
            <>
              <code>{visible(about)}</code> <Copy text={about} what="what it was about" />
            </>
          )}
        </dd>
        <dt>Note</dt>
        <dd>{note === '' ? <span class="muted">none</span> : visible(note)}</dd>
        <dt>Ended</dt>
        <dd>
          <Moment at={at} />, <Ago at={at} />, after {duration(ms)}
        </dd>
        <dt>How</dt>
        <dd>{WAYS[way] ?? way}</dd>
        <dt>Outcome</dt>
        <dd>
          <Badge tone={outcome === 'failed' ? 'bad' : 'good'}>{outcome}</Badge> {visible(result)}
          {outcome === 'failed' && <p class="muted">It may have been done in part.</p>}
        </dd>
      </dl>
    </Dialog>
  );
}
