import type { Events } from '../../core/events.ts';
import type { OtelTracer } from './otel-tracer.ts';

/**
 * What is told when it is over, as steps of what was under way then: calls of tiers. And what happened to single keys, as events of
 * the span: only what is worth a look. Returns what ends it.
 */
export function spansFromEvents(events: Events, tracer: OtelTracer): () => void {
  const ofTiers = () =>
    events.on('tier:call', ({ tier, verb, keys, ms, ok }) =>
      tracer.past({
        name: `tier ${verb}`,
        kind: 'internal',
        attributes: { 'forewarm.tier': tier, 'forewarm.keys': keys },
        ms,
        failure: ok ? undefined : `tier "${tier}" did not do it`,
      }),
    );
  const offs = [
    ...(tracer.showsSteps ? [ofTiers()] : []),
    events.on('key:failed', ({ key, reason }) => tracer.event('key failed', keyAttributes(key, reason))),
    events.on('key:refused', ({ key, reason }) => tracer.event('key refused', keyAttributes(key, reason))),
    events.on('budget:pause', ({ origin, reason }) =>
      tracer.event('origin paused', { 'forewarm.origin': origin, 'forewarm.reason': reason }),
    ),
  ];
  return () => {
    for (const off of offs) off();
  };
}

function keyAttributes(key: string, reason: string) {
  return { 'forewarm.key': key, 'forewarm.reason': reason };
}
