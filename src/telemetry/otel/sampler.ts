/** Which traces are taken: by the option, or by the standard variables. */
import { isSpanContextValid, type Link, trace } from '@opentelemetry/api';
import {
  AlwaysOffSampler,
  AlwaysOnSampler,
  ParentBasedSampler,
  type Sampler,
  SamplingDecision,
  TraceIdRatioBasedSampler,
} from '@opentelemetry/sdk-trace';

export interface SamplerVariables {
  readonly OTEL_TRACES_SAMPLER?: string | undefined;
  readonly OTEL_TRACES_SAMPLER_ARG?: string | undefined;
}

/**
 * A job is a trace of its own, with a link to what queued it. It is taken when that was, so that a run is shown whole or not at all,
 * whichever workers warm it.
 */
class LinkedSampler implements Sampler {
  readonly #inner: Sampler;

  constructor(inner: Sampler) {
    this.#inner = inner;
  }

  shouldSample(...given: Parameters<Sampler['shouldSample']>): ReturnType<Sampler['shouldSample']> {
    const [context, , , , , links] = given;
    const parent = trace.getSpanContext(context);
    const [link] = links;
    if (link === undefined || (parent !== undefined && isSpanContextValid(parent))) {
      return this.#inner.shouldSample(...given);
    }
    return { decision: isTaken(link) ? SamplingDecision.RECORD_AND_SAMPLED : SamplingDecision.NOT_RECORD };
  }

  toString(): string {
    return `LinkedSampler{${this.#inner.toString()}}`;
  }
}

function isTaken({ context: { traceFlags } }: Link): boolean {
  return (traceFlags & 1) === 1;
}

/** `share`: from 0 to 1; undefined leaves it to the variables. What they say that is not known counts as not said. */
export function samplerOf(share: number | undefined, env: SamplerVariables): Sampler {
  const [, follows, name] =
    share === undefined
      ? (/^(parentbased_)?(always_on|always_off|traceidratio)$/.exec(env.OTEL_TRACES_SAMPLER ?? '') ??
        FOLLOWING)
      : FOLLOWING;
  const root =
    share === undefined
      ? rootSampler(name, env.OTEL_TRACES_SAMPLER_ARG)
      : new TraceIdRatioBasedSampler(share);
  return follows === undefined ? root : new LinkedSampler(new ParentBasedSampler({ root }));
}

/** What the standard has as its default. */
const FOLLOWING = ['', 'parentbased_', 'always_on'] as const;

function rootSampler(name: string | undefined, share: string | undefined): Sampler {
  if (name === 'always_off') return new AlwaysOffSampler();
  return name === 'traceidratio' ? new TraceIdRatioBasedSampler(shareOf(share)) : new AlwaysOnSampler();
}

function shareOf(text = ''): number {
  const share = Number(text);
  return text.trim() !== '' && share >= 0 && share <= 1 ? share : 1;
}
