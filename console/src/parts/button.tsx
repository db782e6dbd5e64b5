/** A button for something that needs a scope: without it, it is disabled and says why. */
import type { ComponentChildren } from 'preact';
import { lacks, type Scope } from '../caller.ts';

export function Action(props: {
  readonly scope: Scope;
  readonly onClick: () => void;
  readonly danger?: boolean;
  readonly children: ComponentChildren;
}) {
  const why = lacks(props.scope);
  // Not `disabled`, which could not have the focus: whoever comes by keyboard is to hear why.
  return (
    <span class="action">
      <button
        type="button"
        class={props.danger === true ? 'danger' : undefined}
        aria-disabled={why !== undefined}
        title={why}
        onClick={() => {
          if (why === undefined) props.onClick();
        }}
      >
        {props.children}
      </button>
      {why !== undefined && <span class="why">{why}</span>}
    </span>
  );
}
