/** What is around every view: navigation, how current the page is, and who looks. */
import { useSignal } from '@preact/signals';
import type { ComponentType } from 'preact';
import { useEffect } from 'preact/hooks';
import { caller } from './caller.ts';
import { now } from './clock.ts';
import { config } from './config.ts';
import { clockTime } from './format/times.ts';
import { isHelpShown, SHORTCUTS, showHelp } from './keyboard.ts';
import { awaySince, isPaused, liveState, lostSince, pause, resume } from './live.ts';
import { Confirmations } from './parts/confirm.tsx';
import { Dialog } from './parts/dialog.tsx';
import { Icon, type IconName } from './parts/icon.tsx';
import { Head } from './parts/layout.tsx';
import { Empty, Waiting } from './parts/states.tsx';
import { Toasts } from './parts/toasts.tsx';
import { addressOf, page } from './router.ts';
import { findView, VIEWS, type View } from './routes.ts';
import { isSignedIn, leave, mayLeave } from './session.ts';
import { SignIn } from './sign-in.tsx';
import { nextTheme, theme } from './theme.ts';

export function Shell() {
  return (
    <div class="shell">
      <a class="skip" href="#main">
        Skip to the content
      </a>
      <Side />
      <main id="main" tabIndex={-1}>
        {isSignedIn.value ? <CurrentView /> : <SignIn />}
      </main>
      <Toasts />
      <Confirmations />
      {isHelpShown.value && <Help />}
    </div>
  );
}

function Side() {
  const current = findView(page.value);
  const shown = current?.under ?? current?.page;
  return (
    <header class="side">
      <a class="brand" href={addressOf('')}>
        <Icon name="now" />
        Forewarm
        {caller.value?.label && (
          <span class="badge calm" title={caller.value.label}>
            {caller.value.label}
          </span>
        )}
      </a>
      <nav aria-label="Views">
        {VIEWS.map(({ page: name, title, nav }) =>
          nav === undefined ? null : (
            <a key={name} href={addressOf(name)} aria-current={shown === name ? 'page' : undefined}>
              <Icon name={nav.icon} />
              {title}
            </a>
          ),
        )}
      </nav>
      <div class="foot">
        {isSignedIn.value && <Live />}
        <Tools />
        <p class="muted who">
          <span>{caller.value?.name ?? ''}</span> <span class="version">{config.version}</span>
        </p>
      </div>
    </header>
  );
}

const THEME_ICONS = { system: 'system', light: 'sun', dark: 'moon' } as const;

function Tools() {
  return (
    <div class="tools">
      <Tool icon={THEME_ICONS[theme.value]} says={`Colours: ${theme.value}`} onClick={nextTheme} />
      <Tool icon="help" says="Keys" onClick={showHelp} />
      {mayLeave.value && <Tool icon="leave" says="Sign out" onClick={() => leave()} />}
    </div>
  );
}

function Tool(props: { readonly icon: IconName; readonly says: string; readonly onClick: () => void }) {
  const { icon, says, onClick } = props;
  return (
    <button type="button" class="quiet icon" aria-label={says} title={says} onClick={onClick}>
      <Icon name={icon} />
    </button>
  );
}

function Live() {
  const state = liveState.value;
  const paused = isPaused.value;
  return (
    <div class={`live ${state}`}>
      <span class="dot" aria-hidden="true" />
      <span role="status">{sentenceOf(state)}</span>
      <Tool
        icon={paused ? 'play' : 'pause'}
        says={paused ? 'Go on' : 'Pause'}
        onClick={paused ? resume : pause}
      />
    </div>
  );
}

function sentenceOf(state: typeof liveState.value): string {
  const at = (since: number | undefined) => clockTime(since ?? now.peek(), now.peek());
  if (state === 'lost') return `not connected since ${at(lostSince.value)}`;
  return state === 'away' ? `Redis is away since ${at(awaySince.value)}` : state;
}

const loaded = new Map<string, ComponentType>();

/** The view of the address. Opening one gives its title the focus. */
function CurrentView() {
  const view = findView(page.value);
  const redraw = useSignal(0);
  redraw.value;
  const Content = view === undefined ? NoView : loaded.get(view.page);
  useEffect(() => {
    if (view !== undefined && !loaded.has(view.page)) void load(view, redraw);
  }, [view]);
  useEffect(() => {
    document.title = `${view?.title ?? 'No such view'} · Forewarm`;
    if (Content === undefined) return;
    scrollTo(0, 0);
    document.getElementById('title')?.focus({ preventScroll: true });
  }, [view, Content]);
  return Content === undefined ? <Waiting lines={12} /> : <Content />;
}

async function load(view: View, redraw: { value: number }): Promise<void> {
  const found = await view.load().catch(() => ({ default: Unloadable }));
  loaded.set(view.page, found.default);
  redraw.value += 1;
}

function NoView() {
  return (
    <>
      <Head title="No such view" />
      <Empty title="The console has no view at this address.">
        <p>
          <a href={addressOf('')}>Now</a> shows whether everything is warm.
        </p>
      </Empty>
    </>
  );
}

/** Its files are gone once another version is served. */
function Unloadable() {
  return (
    <>
      <Head title="This view cannot be loaded" />
      <Empty title="The server has no such file any more, or does not answer.">
        <button type="button" onClick={() => location.reload()}>
          Load the page again
        </button>
      </Empty>
    </>
  );
}

function Help() {
  const close = () => {
    isHelpShown.value = false;
  };
  return (
    <Dialog title="Keys" close={close}>
      <dl class="keys">
        {SHORTCUTS.map(({ keys, does }) => (
          <div key={keys}>
            <dt>
              {keys.split(' ').map((key) => (
                <kbd key={key}>{key}</kbd>
              ))}
            </dt>
            <dd>{does}</dd>
          </div>
        ))}
      </dl>
    </Dialog>
  );
}
