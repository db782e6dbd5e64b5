import { counted } from '../../core/counted.ts';
import type { DoctorCheck } from '../../verbs/health/doctor-check.ts';
import { type Define, explain } from '../command.ts';
import { type Context, withApp } from '../context.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';
import { type Colour, printable } from '../terminal/paint.ts';

export const doctorCommand: Define = (parent, act) => {
  const command = parent
    .command('doctor')
    .description('examine Redis, tiers, origins and schedules, and say what to mend')
    .action(() => act(doctor));
  explain(command, {
    examples: [['forewarm doctor', 'after installing, and when something is odd']],
    exits: [EXIT.partial, EXIT.unavailable],
  });
};

const MARKS: Readonly<Record<DoctorCheck['state'], readonly [mark: string, colour: Colour]>> = {
  ok: ['ok', 'green'],
  warning: ['warning', 'yellow'],
  error: ['error', 'red'],
};

async function doctor(context: Context): Promise<ExitCode> {
  const { out } = context;
  const checks = await withApp(context, {}, (app) => app.verbs.doctor());
  out.document({ checks });
  const longest = Math.max(0, ...checks.map(({ name }) => name.length));
  for (const { name, state, finding, remedy } of checks) {
    const [mark, colour] = MARKS[state];
    out.line(`  ${out.paint(colour, mark.padEnd(7))}  ${name.padEnd(longest)}  ${printable(finding)}`);
    if (remedy !== null)
      out.line(`${' '.repeat(longest + 13)}${out.paint('gray', `-> ${printable(remedy)}`)}`);
  }
  const number = (wanted: DoctorCheck['state']) => checks.filter(({ state }) => state === wanted).length;
  out.line();
  out.line(`${counted(number('error'), 'error')}, ${counted(number('warning'), 'warning')}`);
  return number('error') > 0 ? EXIT.partial : EXIT.ok;
}
