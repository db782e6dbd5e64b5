/** Starts a role, and says how much processor time that took, in ms: of the whole process, from its first instruction. */
import { compose } from '../../src/app/compose.ts';
import { loadSettings } from '../../src/settings/load.ts';

const [file = ''] = process.argv.slice(2);
const app = await compose({
  settings: await loadSettings({ file, env: process.env }),
  roles: ['worker', 'api'],
  env: process.env,
});
await app.start();
const { user, system } = process.cpuUsage();
console.log((user + system) / 1_000);
await app.stop(Date.now() + 5_000);
process.exit();
