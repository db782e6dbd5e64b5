import type { App, Role } from '../app/app.ts';
import { roleOf } from '../core/role.ts';
import { shellWord } from '../core/shell-word.ts';
import { VERSION } from '../core/version.ts';
import type { Override } from '../settings/load.ts';
import type { Settings } from '../settings/settings.ts';
import { type Logging, type LoggingDeps, startLogging } from '../telemetry/logging.ts';
import type { Interrupts } from './terminal/interrupts.ts';
import type { CliDeps, Io, TextOutput } from './terminal/io.ts';
import type { Output } from './terminal/output.ts';
import type { ShownTime } from './terminal/shown-time.ts';
import { secretsOf } from './uncaught.ts';

/** The flags that every command takes. */
export interface CommonFlags {
  readonly config?: string;
  readonly set?: readonly string[];
  readonly json?: boolean;
  readonly debug?: boolean;
  readonly logLevel?: LoggingDeps['options']['level'];
}

/** What a command works with. */
export interface Context {
  readonly io: Io;
  readonly deps: CliDeps;
  readonly flags: CommonFlags;
  readonly out: Output;
  readonly interrupts: Interrupts;
  /** By which ages and times are shown. */
  readonly time: ShownTime;
}

/** The configuration under the common flags, and under `extra` ones. */
export async function readSettings(context: Context, extra: readonly Override[] = []): Promise<Settings> {
  const { config } = context.flags;
  return await context.deps.loadSettings({
    ...(config !== undefined && { file: config }),
    env: context.io.env,
    overrides: [...overridesOf(context.flags), ...extra],
  });
}

function overridesOf({ set = [], logLevel }: CommonFlags): Override[] {
  const named = set.map((text) => {
    const at = text.indexOf('=');
    const path = text.slice(0, at);
    return { path, value: text.slice(at + 1), origin: '--set' };
  });
  return logLevel === undefined
    ? named
    : [...named, { path: 'log.level', value: logLevel, origin: '--log-level' }];
}

/** Logs an app's events: to stderr and warnings only, unless asked for more. */
function quietLog(context: Context, app: App): Logging {
  const { flags } = context;
  const { format } = app.settings.log;
  const level = flags.logLevel ?? (flags.debug === true ? 'debug' : 'warn');
  const options = { level, format: format === 'json' ? ('json' as const) : ('text' as const), roles: [] };
  return logTo(context, app, context.io.stderr, options);
}

export function logTo(
  context: Context,
  app: App,
  sink: TextOutput,
  { roles, ...options }: LoggingDeps['options'] & { readonly roles: readonly Role[] },
): Logging {
  return startLogging({
    events: app.events,
    options,
    about: { version: VERSION, role: roleOf(roles) },
    to: context.out.beside(sink),
    isTTY: context.io.isTTY,
    colour: context.out.colour,
    clock: context.io.clock,
    secrets: secretsOf(app.settings),
  });
}

/** Composes and starts an app, does `body` with it, and stops it whatever happens. */
export async function withApp<T>(
  context: Context,
  { settings, roles = [] }: { readonly settings?: Settings; readonly roles?: readonly Role[] },
  body: (app: App) => Promise<T>,
): Promise<T> {
  const { io, deps, interrupts } = context;
  const app = await deps.compose({
    settings: settings ?? (await readSettings(context)),
    roles,
    env: io.env,
  });
  context.time.goBy(app);
  const log = quietLog(context, app);
  interrupts.lastly(() => log.close());
  try {
    await app.start();
    return await body(app);
  } finally {
    await app.stop(io.clock.now() + interrupts.stopMs);
    log.close();
  }
}

/** How this program is called, for commands to paste: as it was called itself. */
export function invocation({ io, flags }: Pick<Context, 'io' | 'flags'>): string {
  const config = flags.config === undefined ? '' : ` -c ${shellWord(flags.config)}`;
  return `${programName(io.env)}${config}`;
}

/** The name that hints call it by. */
export function programName(env: NodeJS.ProcessEnv): string {
  if (env.npm_lifecycle_event === 'npx') return 'npx forewarm';
  return env.npm_package_name === 'forewarm' ? 'npm run -s forewarm --' : 'forewarm';
}
