import { Writable } from 'node:stream';
import { MultiBar, type SingleBar } from 'cli-progress';
import type { Clock } from '../../core/clock.ts';
import { count, counted } from '../../core/counted.ts';
import { OUTCOMES } from '../../core/outcome.ts';
import { roundDuration } from '../../core/units.ts';
import type { RunView } from '../../verbs/runs/run-shapes.ts';
import { share } from './figures.ts';
import type { TextOutput } from './io.ts';
import { clip, type Paint } from './paint.ts';
import { RateMeter } from './rate-meter.ts';

/** Shows how far a run is. */
export interface Progress {
  update(run: RunView): void;
  /** Prints a text, with its newline, above the bar. */
  above(text: string): void;
  /** The last state stays on the screen. */
  end(): void;
}

export interface ProgressDeps {
  readonly to: TextOutput;
  readonly clock: Clock;
  readonly paint: Paint;
  /** Of the terminal; infinite where there is none. */
  readonly width: number;
}

/** A bar that redraws itself on a terminal; a line now and then elsewhere. */
export function openProgress(deps: ProgressDeps): Progress {
  return Number.isFinite(deps.width) ? openBar(deps) : openLines(deps);
}

const BAR = { widest: 30, narrowest: 8 };

function openBar({ to, clock, paint, width }: ProgressDeps): Progress {
  const stream = new Writable({
    write(chunk: Buffer, _encoding, done) {
      to.write(chunk.toString());
      done();
    },
  });
  const meter = new RateMeter();
  const bars = new MultiBar({
    stream: Object.assign(stream, { isTTY: true, columns: width }),
    format: (_options, { progress }, { run }: { run?: RunView }) =>
      run === undefined ? '' : barLine(run, progress, { meter, paint, width }),
    gracefulExit: false,
    hideCursor: false,
  });
  let bar: SingleBar | undefined;
  return {
    update(run) {
      const done = run.total - run.pending;
      measure(meter, run, clock.elapsed());
      bar ??= bars.create(run.total, done, { run });
      bar.setTotal(run.total);
      bar.update(done, { run });
    },
    above(text) {
      if (bar === undefined) to.write(text);
      else bars.log(text);
    },
    end() {
      if (bar === undefined) return;
      bars.update();
      bars.stop();
    },
  };
}

/** A run that nothing can go on with until later has no rate, nor has its wait a part in the rate after it. */
function measure(meter: RateMeter, run: RunView, now: number): void {
  const isHeld = run.waits.some(({ for: kind, until }) => kind === 'worker' || until !== null);
  if (isHeld) meter.forget();
  else meter.add(now, run.total - run.pending);
}

interface BarStyle {
  readonly meter: RateMeter;
  readonly paint: Paint;
  readonly width: number;
}

/** `warming ━━━━━━━━────── 1,234/3,000 41 % 312 keys/s eta 6s  1,200 warmed, 34 unchanged` */
function barLine(run: RunView, progress: number, { meter, paint, width }: BarStyle): string {
  if (run.state === 'planning') return `planning: ${counted(run.total, 'key')} so far`;
  const figures = [...figuresOf(run, meter), countsText(run)].filter((text) => text !== '').join('  ');
  const label = DOING[run.state];
  const room = width - label.length - figures.length - 3;
  const length = Math.min(BAR.widest, Math.max(BAR.narrowest, room));
  const filled = Math.round(progress * length);
  const bar = paint('green', '━'.repeat(filled)) + paint('gray', '─'.repeat(length - filled));
  return `${label} ${bar} ${clip(figures, Math.max(0, width - label.length - length - 3))}`;
}

const DOING = {
  planning: 'planning',
  running: 'warming',
  verifying: 'checking',
  ended: 'warming',
} as const satisfies Record<RunView['state'], string>;

function figuresOf(run: RunView, meter: RateMeter): string[] {
  const done = run.total - run.pending;
  const rate = meter.perSecond;
  const eta = run.pending === 0 ? undefined : meter.eta(run.pending);
  return [
    `${count(done)}/${count(run.total)}`,
    share(done, run.total),
    rate === undefined || rate === 0 ? '' : `${counted(rate, 'key')}/s`,
    eta === undefined ? '' : `eta ${timeLeft(eta)}`,
  ];
}

/** Rounded to whole seconds: an estimate is no better than that. */
function timeLeft(ms: number): string {
  return ms < 60_000 ? `${Math.ceil(ms / 1_000)}s` : roundDuration(ms);
}

/** `1,200 warmed, 34 unchanged`: zeros are left out. */
export function countsText(run: Pick<RunView, 'counts'>): string {
  return OUTCOMES.filter((outcome) => (run.counts[outcome] ?? 0) > 0)
    .map((outcome) => `${count(run.counts[outcome] ?? 0)} ${outcome}`)
    .join(', ');
}

/** A line every two seconds or tenth of the work, less often the longer it takes. */
const LINES = { everyMs: 2_000, everyShare: 0.1, rarerAfter: 20 };

function openLines({ to, clock }: ProgressDeps): Progress {
  const meter = new RateMeter();
  const began = clock.elapsed();
  let told: { at: number; done: number; state: RunView['state'] } | undefined;
  const isNews = (run: RunView, now: number): boolean => {
    if (told === undefined) return true;
    const done = run.total - run.pending;
    if (run.state !== told.state) return run.state === 'verifying' || told.state === 'planning';
    if (done === told.done) return false;
    const pause = Math.max(LINES.everyMs, (now - began) / LINES.rarerAfter);
    return now - told.at >= pause || done - told.done >= run.total * LINES.everyShare;
  };
  return {
    update(run) {
      const now = clock.elapsed();
      const done = run.total - run.pending;
      measure(meter, run, now);
      if (run.state === 'ended' || !isNews(run, now)) return;
      told = { at: now, done, state: run.state };
      to.write(`${plainLine(run, meter)}\n`);
    },
    above: (text) => {
      to.write(text);
    },
    end: () => {},
  };
}

function plainLine(run: RunView, meter: RateMeter): string {
  if (run.state === 'planning') return 'planning';
  if (run.state === 'verifying') return `checking ${counted(run.total, 'key')} in the tiers`;
  const figures = figuresOf(run, meter).filter((text) => text !== '');
  const counts = countsText(run);
  return `warming ${figures.join(', ')}${counts === '' ? '' : `: ${counts}`}`;
}
