/** Tests that take too long for every change: `*.full.ts`. */
import everyChange from '../../vitest.config.ts';

const { include, ...rest } = everyChange.test ?? {};

export default { ...everyChange, test: { ...rest, include: ['test/**/*.full.ts'] } };
