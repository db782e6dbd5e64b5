import { describeMissLoader } from '../contract/miss-loader.ts';
import { LOADERS, loaderSubject, scriptedSubject } from './loaders.steps.ts';

const AWAY = 'rejects with E_REDIS_UNAVAILABLE when it cannot work without Redis';

describeMissLoader('the loader from the origin', () => loaderSubject(LOADERS.origin));
describeMissLoader('the loader by workers', () => loaderSubject(LOADERS.worker));
describeMissLoader('the direct loader', () => loaderSubject(LOADERS.direct), {
  [AWAY]: 'it takes no lease and asks no worker: it works without Redis',
});
describeMissLoader('the scripted loader of the tests', scriptedSubject);
