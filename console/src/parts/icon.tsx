/** Icons, drawn with the colour of the text around them. They say nothing by themselves: words stand beside them, or a label. */

const PATHS = {
  now: 'M12 21c-3.9 0-6.5-2.5-6.5-6 0-2.9 1.7-4.6 3.2-6.2C10 7.3 11 6 11.1 3.8c3.3 1.4 4.4 4 4.2 6.3.8-.4 1.3-1.2 1.5-2 1.2 1.7 1.7 3.9 1.7 5.9 0 4.3-2.7 7-6.5 7z',
  runs: 'M5 4v16l14-8z',
  schedules: 'M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18zm0 4v5l3.5 2',
  origins: 'M4 7h16M4 12h16M4 17h16M8 5v4M15 10v4M11 15v4',
  keys: 'M14.5 4a5.5 5.5 0 1 0 .01 11A5.5 5.5 0 0 0 14.5 4zM10.6 13.4 4 20m2-2 2 2m0-4 2 2',
  planner: 'M4 20V10m5 10V4m5 16v-7m5 7V8',
  work: 'M4 6h16v5H4zM4 14h16v5H4zM8 8.5h.01M8 16.5h.01',
  audit: 'M6 3h9l4 4v14H6zM9 11h7M9 15h7M14 3v5h5',
  pause: 'M8 5v14M16 5v14',
  play: 'M7 5v14l12-7z',
  stop: 'M6 6h12v12H6z',
  copy: 'M9 9h11v11H9zM5 15H4V4h11v1',
  check: 'M5 12.5 10 17l9-10',
  close: 'M6 6l12 12M18 6 6 18',
  help: 'M9.2 9.2a2.9 2.9 0 1 1 4.2 2.6c-.9.5-1.4 1-1.4 2.2M12 17.5h.01',
  sun: 'M12 8a4 4 0 1 0 0 8 4 4 0 0 0 0-8zM12 2v3M12 19v3M2 12h3M19 12h3M5 5l2 2M17 17l2 2M19 5l-2 2M7 17l-2 2',
  moon: 'M19 14.5A7.5 7.5 0 1 1 9.5 5 6 6 0 0 0 19 14.5z',
  system: 'M4 5h16v11H4zM9 20h6M12 16v4',
  warn: 'M12 4 2.8 20h18.4zM12 10v4M12 17h.01',
  leave: 'M10 4H5v16h5M14 8l4 4-4 4M18 12H9',
  compare: 'M8 4 4 8l4 4M4 8h13M16 12l4 4-4 4M20 16H7',
} as const;
export type IconName = keyof typeof PATHS;

export function Icon({ name }: { readonly name: IconName }) {
  return (
    <svg class="glyph" viewBox="0 0 24 24" aria-hidden="true" focusable="false">
      <path d={PATHS[name]} />
    </svg>
  );
}
