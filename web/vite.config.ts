import { fileURLToPath } from 'node:url';
import type { InlineConfig } from 'vite';

const at = (path: string) => fileURLToPath(new URL(path, import.meta.url));

/** Everything is a file of its own: a page without inline scripts and styles can forbid them. */
export default {
  root: at('.'),
  resolve: {
    alias: [
      { find: /^@parley\/client\/(account|chat|indexeddb)$/, replacement: at('../client/$1.ts') },
      { find: /^@parley\/client\/react$/, replacement: at('../client/react/index.ts') },
    ],
  },
  build: {
    target: 'es2024',
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    emptyOutDir: true,
    reportCompressedSize: false,
    rolldownOptions: {
      // virtua says `use client` for servers that render; here there is none.
      onLog: (level, log, tell) => {
        if (log.code !== 'MODULE_LEVEL_DIRECTIVE') tell(level, log);
      },
    },
  },
  logLevel: 'warn',
} satisfies InlineConfig;
