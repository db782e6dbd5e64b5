/** A reader in a process of its own: reads one key many times at once when it is told to, and says what it got. */
import { type Connection, connect } from 'forewarm';

export interface StampedeOrder {
  readonly config: Readonly<Record<string, unknown>>;
  readonly key: string;
  readonly reads: number;
}

export type StampedeReply = 'ready' | { readonly values: readonly string[] };

let reader: Connection | undefined;
let order: StampedeOrder | undefined;

// Whoever forked this process may die first.
process.on('disconnect', () => process.exit());

process.on('message', (message: StampedeOrder | 'go') => {
  void act(message);
});

async function act(message: StampedeOrder | 'go'): Promise<void> {
  if (message !== 'go') {
    order = message;
    reader ??= await connect({ config: message.config, env: {} });
    say('ready');
  } else if (reader !== undefined && order !== undefined) {
    const { key, reads } = order;
    const from = reader;
    const values = await Promise.all(Array.from({ length: reads }, () => from.get(key)));
    say({ values: [...new Set(values.map((value) => JSON.stringify(value) ?? 'nothing'))] });
  }
}

function say(reply: StampedeReply): void {
  process.send?.(reply);
}
