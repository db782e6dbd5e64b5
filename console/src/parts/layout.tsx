/** What views are made of: a head with its title, cards, figures, and badges. */
import type { ComponentChildren } from 'preact';
import type { Tone } from './tone.ts';

export function Head(props: {
  readonly title: ComponentChildren;
  /** What can be done here. */
  readonly actions?: ComponentChildren;
  readonly children?: ComponentChildren;
}) {
  return (
    <header class="head">
      <div>
        {/* It gets the focus when a view is opened. */}
        <h1 tabIndex={-1} id="title">
          {props.title}
        </h1>
        {props.children}
      </div>
      {props.actions !== undefined && <div class="actions">{props.actions}</div>}
    </header>
  );
}

export function Card(props: {
  readonly title: string;
  readonly aside?: ComponentChildren;
  readonly wide?: boolean;
  readonly children: ComponentChildren;
}) {
  const id = `card-${props.title.toLowerCase().replaceAll(/\W+/g, '-')}`;
  return (
    <section class={props.wide === true ? 'card wide' : 'card'} aria-labelledby={id}>
      <div class="card-head">
        <h2 id={id}>{props.title}</h2>
        {props.aside !== undefined && <div class="muted">{props.aside}</div>}
      </div>
      {props.children}
    </section>
  );
}

/** A number that counts, with what it says. */
export function Figure(props: {
  readonly label: string;
  readonly value: ComponentChildren;
  readonly note?: ComponentChildren;
}) {
  return (
    <div class="figure">
      <dt>{props.label}</dt>
      <dd>
        <span class="value">{props.value}</span>
        {props.note !== undefined && <span class="muted">{props.note}</span>}
      </dd>
    </div>
  );
}

export function Figures({ children }: { readonly children: ComponentChildren }) {
  return <dl class="figures">{children}</dl>;
}

export function Badge({ tone, children }: { readonly tone: Tone; readonly children: ComponentChildren }) {
  return <span class={`badge ${tone}`}>{children}</span>;
}
