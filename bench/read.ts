/**
 * How fast applications read: against bare calls, which are the limit, and against bentocache, cacheable, cache-manager and
 * layered-loader. See docs/benchmarks.md; `node bench/read.ts --help` lists the options.
 */
import { availableParallelism } from 'node:os';
import { Command } from 'commander';
import { type MeasuredReads, reportOnReads, verdictsOnReads } from './read/report.ts';
import { type Extent, readLocal, readMemory, readRedis, VALUE } from './read/sections.ts';
import { inSandbox } from './sandbox.ts';

const { json, short } = new Command('bench/read.ts')
  .description('Measures reads through Forewarm against bare calls and four other caches, in one run.')
  .option('--json', 'one JSON document in place of tables', false)
  .option('--short', 'a few reads, to see that it runs; the figures mean nothing', false)
  .parse()
  .opts<{ readonly json: boolean; readonly short: boolean }>();

const extent: Extent = short ? { rounds: 1, reads: 2_000 } : { rounds: 11, reads: 100_000 };
const measured: MeasuredReads = {
  machine: { cores: availableParallelism(), node: process.versions.node },
  rounds: extent.rounds,
  valueBytes: Buffer.byteLength(JSON.stringify(VALUE)),
  memory: await inSandbox((sandbox) => readMemory(sandbox, extent)),
  redis: await inSandbox((sandbox) => readRedis(sandbox, extent)),
  local: await inSandbox((sandbox) => readLocal(sandbox, extent)),
};
if (json) console.log(JSON.stringify({ ...measured, verdicts: verdictsOnReads(measured) }, null, 2));
else console.log(reportOnReads(measured));
