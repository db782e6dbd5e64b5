/** Reads random inputs with every parser of origins: `npx node test/hostile/fuzz-origins.ts [INPUTS] [FIRST_SEED]`. */
import { fuzz } from './fuzz-parser.ts';
import { PARSERS } from './origin-parsers.ts';

const [inputs = 100_000, first = 1] = process.argv.slice(2).map(Number);
const say = (text: string) => void process.stdout.write(`${text}\n`);
const parsers = Object.entries(PARSERS);
const each = Math.ceil(inputs / parsers.length);
let found = 0;
for (const [name, parser] of parsers) {
  const began = performance.now();
  const findings = await fuzz(parser, each, first);
  found += findings.length;
  say(`${name}: ${each} inputs in ${Math.round(performance.now() - began)} ms, ${findings.length} findings`);
  for (const { seed, problem } of findings.slice(0, 5)) say(`  seed ${seed}: ${problem}`);
}
process.exitCode = found === 0 ? 0 : 1;
