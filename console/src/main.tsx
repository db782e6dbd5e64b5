/** Where the page begins. */
import { render } from 'preact';
import './styles/base.css';
import './styles/shell.css';
import './styles/parts.css';
import { followCaller } from './caller.ts';
import { followChanges } from './changes.ts';
import { startClock } from './clock.ts';
import { listenToKeys } from './keyboard.ts';
import { followLinks } from './router.ts';
import { isSignedIn, leaveBoard } from './session.ts';
import { Shell } from './shell.tsx';
import { applyTheme } from './theme.ts';

applyTheme();
startClock();
followLinks();
if (!isSignedIn.peek()) void leaveBoard();
followCaller();
followChanges();
listenToKeys();
const place = document.getElementById('app');
if (place !== null) render(<Shell />, place);
