import { help } from '../lib/actions/help.ts';
import { onFrame } from '../lib/edge/on-frame.ts';
import { Help } from '../schema/frames.ts';

export const handler = onFrame(Help, help, () => ({}));
