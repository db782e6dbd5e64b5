/**
 * How the console is built: `node scripts/console.mjs`. `npx vite console` serves it as it is written, on top of the API that
 * `FOREWARM_API` names.
 */
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vite';

const API = process.env.FOREWARM_API ?? 'http://127.0.0.1:7077';

export default defineConfig({
  root: fileURLToPath(new URL('.', import.meta.url)),
  // Whatever path a proxy serves it at.
  base: './',
  oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
  build: {
    outDir: 'dist',
    emptyOutDir: true,
    // The policy of the page allows no scripts in it, and style sheets of this server only.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    target: ['chrome123', 'firefox120', 'safari17.5'],
    reportCompressedSize: false,
  },
  server: { proxy: { '/v1': { target: API, changeOrigin: true } } },
});
