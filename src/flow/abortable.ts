/**
 * Settles as `pending` does, or rejects with the signal's reason as soon as it has aborted, also when that was before. The
 * work itself goes on, and what becomes of it then is ignored.
 */
export function abortable<T>(signal: AbortSignal, pending: Promise<T>): Promise<T> {
  return new Promise<T>((resolve, reject) => {
    const onAbort = () => reject(signal.reason);
    signal.addEventListener('abort', onAbort, { once: true });
    pending.then(
      (value) => {
        signal.removeEventListener('abort', onAbort);
        resolve(value);
      },
      (error: unknown) => {
        signal.removeEventListener('abort', onAbort);
        reject(error);
      },
    );
    // A signal that has aborted calls no listener that is added later.
    if (signal.aborted) onAbort();
  });
}
