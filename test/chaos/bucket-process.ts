/** The server of a chaos run's bucket. It is busy, so it has a process of its own: the checker must not stand still. */
import { startS3Server } from '../support/s3-server.ts';

const server = await startS3Server({ compares: true });
process.on('message', (word) => {
  const done = word === 'stop' ? server.stop() : server.start();
  void done.then(() => process.send?.('done'));
});
process.on('disconnect', () => void server.remove().finally(() => process.exit(0)));
process.send?.(server.options);
