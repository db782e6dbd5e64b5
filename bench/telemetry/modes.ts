/** How much a process tells of itself, from nothing to everything. */
export const MODES = {
  off: {},
  metrics: { FOREWARM_TELEMETRY__TRACES__DETAIL: 'off', FOREWARM_TELEMETRY__METRICS__EVERY: '1s' },
  roots: { FOREWARM_TELEMETRY__TRACES__DETAIL: 'roots' },
  steps: { FOREWARM_TELEMETRY__TRACES__DETAIL: 'steps' },
  all: { FOREWARM_TELEMETRY__TRACES__DETAIL: 'all' },
} as const;
export type Mode = keyof typeof MODES;

export const MODE_NAMES = Object.keys(MODES) as readonly Mode[];

/** The variables of a mode; everything but `off` is sent there. */
export function variablesOf(mode: Mode, endpoint: string): NodeJS.ProcessEnv {
  return mode === 'off' ? {} : { ...MODES[mode], FOREWARM_TELEMETRY__OTLP__ENDPOINT: endpoint };
}
