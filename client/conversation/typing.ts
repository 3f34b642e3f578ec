import type { Ask } from '../connection/link.ts';
import type { Clock } from '../types/environment.ts';
import type { ConversationId } from '../wire.gen.ts';

/** The server passes on no more. */
const repeatMs = 3_000;

/** Tells that the caller is typing: a start and an end, and in between no more than is passed on. */
export const typist = (clock: Clock, ask: Ask, conversation: ConversationId) => {
  let toldAt: number | undefined;
  return {
    tell: (active: boolean) => {
      const now = clock.now();
      const isDue = active ? now - (toldAt ?? -repeatMs) >= repeatMs : toldAt !== undefined;
      if (!isDue) return;
      toldAt = active ? now : undefined;
      ask('typing', { conversation, active }).catch(() => {});
    },
    /** A message ends it for everyone. */
    sent: () => {
      toldAt = undefined;
    },
  };
};
