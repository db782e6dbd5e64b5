/** A worker of a chaos run. */
import { compose } from '../../src/app/compose.ts';
import { loadSettings } from '../../src/settings/load.ts';
import { endWithChecker, orders, tell } from './child.ts';
import { plant } from './planted.ts';

const { config, bug } = orders();
if (bug !== undefined) plant(bug);
endWithChecker();
const settings = await loadSettings({ config, env: {} });
const app = await compose({ settings, roles: ['worker'], env: process.env });
await app.start();
await tell({ kind: 'ready' });
