import * as z from 'zod/mini';
import { refuse } from '../lib/actions/refuse.ts';
import { onFrame } from '../lib/edge/on-frame.ts';

export const handler = onFrame(z.looseObject({}), refuse, () => ({}));
