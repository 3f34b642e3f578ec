import { readFileSync } from 'node:fs';
import { registerHooks } from 'node:module';

/** Lua files are bundled as text: so they are here, for everything that is imported after this. */
registerHooks({
  load: (url, context, next) => {
    if (!url.endsWith('.lua')) return next(url, context);
    const text = readFileSync(new URL(url), 'utf8');
    return { format: 'module', shortCircuit: true, source: `export default ${JSON.stringify(text)};` };
  },
});
