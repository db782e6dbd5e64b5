/**
 * How fast Forewarm warms, and what that costs Redis: against a bare loop, which is the limit, and against one BullMQ job
 * per key, which is what people write. See docs/benchmarks.md; `node bench/warm.ts --help` lists the options.
 */
import { availableParallelism } from 'node:os';
import { Redis } from 'ioredis';
import { measureBytes } from './bytes.ts';
import { type Markets, openMarkets } from './markets.ts';
import { type BenchOptions, optionsFrom, type Section } from './options.ts';
import { type Measured, reportOf, verdictsOn } from './report.ts';
import { inSandbox } from './sandbox.ts';
import { measureSpeed, type Speed } from './speed.ts';
import { measureTicks } from './tick.ts';

/** Calls to the origin at the same time, of every contender. */
const CONCURRENCY = 64;

/** How much is done. */
interface Extent {
  readonly keys: number;
  readonly warmUp: number;
  readonly rounds: number;
  readonly ticks: {
    readonly small: number;
    readonly large: number;
    readonly due: number;
    readonly ticks: number;
  };
}

function extentOf({ keys, rounds, short }: BenchOptions): Extent {
  if (short)
    return {
      keys: 200,
      warmUp: 50,
      rounds: 1,
      ticks: { small: 400, large: 4_000, due: 200, ticks: 2 },
    };
  const ticks = { small: 10_000, large: 1_000_000, due: 1_000, ticks: 40 };
  return { keys, warmUp: Math.ceil(keys / 2), rounds, ticks };
}

const options = optionsFrom(process.argv);
const measured = await measure(options, extentOf(options));
if (options.json) console.log(JSON.stringify({ ...measured, verdicts: verdictsOn(measured) }, null, 2));
else console.log(reportOf(measured));

async function measure({ only, profiles }: BenchOptions, extent: Extent): Promise<Measured> {
  const asked = (section: Section) => only.includes(section);
  const { rounds, keys, warmUp } = extent;
  const speed = (latency: number, count: number): Promise<Speed> =>
    withMarkets(count, warmUp, (markets) =>
      measureSpeed({ markets, latency, rounds, concurrency: CONCURRENCY, profiles, onRound: tell }),
    );
  const speeds: Speed[] = [];
  if (asked('0ms')) speeds.push(await speed(0, keys));
  if (asked('50ms')) speeds.push(await speed(50, Math.ceil(keys / 2)));
  return {
    machine: await machine(),
    rounds,
    concurrency: CONCURRENCY,
    speeds,
    bytes: asked('bytes') ? await withMarkets(keys, 1, measureBytes) : undefined,
    ticks: asked('tick')
      ? await withMarkets(1, 1, (markets) => measureTicks({ markets, ...extent.ticks }))
      : undefined,
  };
}

async function withMarkets<T>(
  keys: number,
  warmUp: number,
  act: (markets: Markets) => Promise<T>,
): Promise<T> {
  const markets = await openMarkets(keys, warmUp);
  try {
    return await act(markets);
  } finally {
    await markets.close();
  }
}

function machine(): Promise<Measured['machine']> {
  return inSandbox(async ({ redisUrl }) => {
    const redis = new Redis(redisUrl);
    const version = /^redis_version:(\S+)/m.exec(await redis.info('server'))?.[1] ?? 'unknown';
    redis.disconnect();
    return { cores: availableParallelism(), node: process.versions.node, redis: version };
  });
}

/** Progress goes beside the report, not into it. */
function tell(text: string): void {
  process.stderr.write(`${text}\n`);
}
