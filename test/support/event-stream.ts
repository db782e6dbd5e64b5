/** Reads server-sent events from a real response, as a browser's EventSource does. */
export interface StreamEvent {
  readonly event: string;
  readonly id?: string;
  readonly data?: unknown;
  readonly comment?: string;
}

export interface EventStream {
  /** The next event; undefined at the end of the stream. Waits a bounded time. */
  next(): Promise<StreamEvent | undefined>;
  /** The next comment, which programs do not see. */
  comment(): Promise<string | undefined>;
  /** Every event until the end. */
  rest(): Promise<StreamEvent[]>;
  /** Closes the connection. */
  leave(): Promise<void>;
}

const WITHIN_MS = 5_000;

export function readEvents(answer: Response): EventStream {
  if (answer.body === null) throw new Error('the answer has no body');
  const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
  let buffered = '';
  const block = async (): Promise<StreamEvent | undefined> => {
    for (;;) {
      const end = buffered.indexOf('\n\n');
      if (end >= 0) {
        const text = buffered.slice(0, end);
        buffered = buffered.slice(end + 2);
        return parse(text);
      }
      const { done, value } = await within(reader.read());
      if (done) return undefined;
      buffered += value;
    }
  };
  const next = async () => {
    for (;;) {
      const found = await block();
      if (found?.comment === undefined) return found;
    }
  };
  const comment = async () => {
    for (;;) {
      const found = await block();
      if (found === undefined || found.comment !== undefined) return found?.comment;
    }
  };
  const rest = async () => {
    const all: StreamEvent[] = [];
    for (let event = await next(); event !== undefined; event = await next()) all.push(event);
    return all;
  };
  return { next, comment, rest, leave: () => reader.cancel() };
}

function parse(block: string): StreamEvent {
  if (block.startsWith(':')) return { event: '', comment: block.slice(1).trim() };
  const fields = new Map(
    block.split('\n').map((line) => [line.split(':', 1)[0], line.replace(/^\w+: /, '')]),
  );
  const id = fields.get('id');
  return {
    event: fields.get('event') ?? '',
    ...(id === undefined ? {} : { id }),
    data: JSON.parse(fields.get('data') ?? 'null'),
  };
}

async function within<T>(read: Promise<T>): Promise<T> {
  const timer = Promise.withResolvers<never>();
  const late = setTimeout(() => timer.reject(new Error(`no event within ${WITHIN_MS} ms`)), WITHIN_MS);
  try {
    return await Promise.race([read, timer.promise]);
  } finally {
    clearTimeout(late);
  }
}
