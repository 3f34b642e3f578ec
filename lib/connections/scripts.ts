import endedLua from './lua/ended.lua';
import { refusedMs } from './port.ts';

/** What a script begins with that ends connections, or must know which have ended. */
export const endedPrelude = `local refusedMs = ${refusedMs}\n${endedLua}`;
