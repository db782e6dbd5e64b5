/** Times, names and links as they stand in every view. */
import { useSignal } from '@preact/signals';
import type { ComponentChildren } from 'preact';
import { now } from '../clock.ts';
import { shortened, visible } from '../format/text.ts';
import { explained, full, inZone, relative, ZONE } from '../format/times.ts';
import { addressOf, type Query } from '../router.ts';
import { findView } from '../routes.ts';
import { Icon } from './icon.tsx';

/** How long ago or ahead; the time itself, in both zones, for whoever points at it. */
export function Ago({ at }: { readonly at: number }) {
  return (
    <time dateTime={new Date(at).toISOString()} title={explained(at)}>
      {relative(at, now.value)}
    </time>
  );
}

/** The time itself. */
export function Moment({ at, zone }: { readonly at: number; readonly zone?: string | null }) {
  return (
    <time dateTime={new Date(at).toISOString()} title={explained(at)}>
      {full(at, zone ?? ZONE)}
    </time>
  );
}

/** A key or another name: nothing in it is invisible, and it can be copied whole. */
export function Name({ text, most = 120 }: { readonly text: string; readonly most?: number }) {
  const shown = shortened(visible(text), most);
  return (
    <span class="name" title={shown === text ? undefined : visible(text)}>
      {shown}
    </span>
  );
}

/** A sentence of the server's: times in it, which it writes in UTC, are shown as other times are. */
export function Told({ text, most = 300 }: { readonly text: string; readonly most?: number }) {
  const shown = shortened(visible(inZone(text)), most);
  return (
    <span class="name" title={shown === text ? undefined : visible(text)}>
      {shown}
    </span>
  );
}

/** A link to a view; as long as there is no such view, the text alone. */
export function To(props: {
  readonly view: string;
  readonly query?: Query | undefined;
  readonly children: ComponentChildren;
}) {
  if (findView(props.view) === undefined) return <>{props.children}</>;
  return <a href={addressOf(props.view, props.query)}>{props.children}</a>;
}

const SAID_MS = 1_500;

export function Copy({ text, what }: { readonly text: string; readonly what: string }) {
  const said = useSignal('');
  const act = async () => {
    said.value = (await copied(text)) ? 'copied' : 'cannot copy here';
    setTimeout(() => {
      said.value = '';
    }, SAID_MS);
  };
  return (
    <button type="button" class="quiet icon" aria-label={`Copy ${what}`} title={`Copy ${what}`} onClick={act}>
      <Icon name={said.value === 'copied' ? 'check' : 'copy'} />
      <span class="unseen" role="status">
        {said.value}
      </span>
    </button>
  );
}

/** Browsers give the clipboard to secure pages only; on plain HTTP a selection is copied. */
async function copied(text: string): Promise<boolean> {
  if (navigator.clipboard !== undefined) {
    return navigator.clipboard.writeText(text).then(
      () => true,
      () => copiedBySelection(text),
    );
  }
  return copiedBySelection(text);
}

function copiedBySelection(text: string): boolean {
  const field = document.createElement('textarea');
  field.value = text;
  field.className = 'unseen';
  document.body.append(field);
  const before = document.activeElement;
  field.select();
  try {
    return document.execCommand('copy');
  } finally {
    field.remove();
    if (before instanceof HTMLElement) before.focus();
  }
}
