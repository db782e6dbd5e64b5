import { counted } from '../../core/counted.ts';
import {
  countOf,
  type DoctorFinding,
  type DoctorReport,
  type Level,
} from '../../verbs/health/doctor-shapes.ts';
import { type Define, explain } from '../command.ts';
import { type Context, withApp } from '../context.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';
import type { Output } from '../terminal/output.ts';
import { type Colour, printable } from '../terminal/paint.ts';

export const doctorCommand: Define = (parent, act) => {
  const command = parent
    .command('doctor')
    .description(
      'examine Redis, tiers, origins, schedules, processes, access and this host, and say what to mend',
    )
    .argument('[checks...]', 'only these checks, such as redis-eviction; none is all')
    .option('--all', 'show what is well, too')
    .option('--strict', 'exit with 3 for warnings as well')
    .action((checks: string[], flags: Flags) => act((context) => doctor(context, checks, flags)));
  explain(command, {
    examples: [
      ['forewarm doctor', 'after installing, and when something is odd'],
      ['forewarm doctor redis-eviction tier', 'these checks alone, after mending'],
      ['forewarm doctor --strict --json', 'for scripts: fails on warnings, too'],
    ],
    exits: [EXIT.partial],
  });
};

interface Flags {
  readonly all?: boolean;
  readonly strict?: boolean;
}

const COLOURS: Readonly<Record<Level, Colour>> = {
  ok: 'green',
  note: 'gray',
  warning: 'yellow',
  problem: 'red',
};

async function doctor(context: Context, checks: readonly string[], flags: Flags): Promise<ExitCode> {
  const { out } = context;
  const report = await withApp(context, {}, (app) => app.verbs.doctor(checks));
  out.document(report);
  const shown = report.findings.filter(({ level }) => flags.all === true || level !== 'ok');
  showFindings(out, shown);
  showRest(out, report, shown.length);
  const isBad = report.level === 'problem' || report.unexamined.length > 0;
  return isBad || (flags.strict === true && report.level === 'warning') ? EXIT.partial : EXIT.ok;
}

function showFindings(out: Output, findings: readonly DoctorFinding[]): void {
  const longest = Math.max(0, ...findings.map(({ check }) => check.length));
  for (const { check, level, where, finding, remedy } of findings) {
    const mark = out.paint(COLOURS[level], level.padEnd(7));
    out.line(`  ${mark}  ${check.padEnd(longest)}  ${printable(`${where}: ${finding}`)}`);
    if (remedy !== null)
      out.line(`${' '.repeat(longest + 13)}${out.paint('gray', `-> ${printable(remedy)}`)}`);
  }
  if (findings.length > 0) out.line();
}

/** What is well is counted, and named where nothing else is shown of it. */
function showRest(out: Output, report: DoctorReport, shown: number): void {
  for (const [reason, same] of Map.groupBy(report.unexamined, (each) => each.reason))
    out.line(`  not examined: ${same.map(({ check }) => check).join(', ')} (${printable(reason)})`);
  if (report.unexamined.length > 0) out.line();
  const bad = (['problem', 'warning', 'note'] as const).map((level) =>
    counted(countOf(report, level), level),
  );
  const hint = shown === report.findings.length ? '' : '; --all shows what is well';
  out.line(`${bad.join(', ')}, ${countOf(report, 'ok')} ok${hint}`);
}
