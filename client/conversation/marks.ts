import { timer } from '../clock.ts';
import type { Ask } from '../connection/link.ts';
import type { ParleyError } from '../error.ts';
import type { Clock } from '../types/environment.ts';
import type { ConversationId, ReceiptFrame } from '../wire.gen.ts';

/** Messages that come one after the other are marked with one frame. */
const gatherMs = 200;

type Mark = 'markDelivered' | 'markRead';

/** Tells how far the caller has got: the highest marks only, one frame at a time, each until it is answered. */
export const marker = (clock: Clock, ask: Ask, onReceipt: (frame: ReceiptFrame) => void) => {
  /** By kind and conversation: how far. */
  const told = new Map<string, number>();
  const due = new Map<string, number>();
  const gather = timer(clock);
  let isRunning = false;
  /** Asked for while this ran: marks that rose, or another connection, of which this one may know nothing yet. */
  let isWanted = false;

  const run = async () => {
    isWanted = isRunning;
    if (isRunning) return;
    isRunning = true;
    try {
      for (const [what, seq] of due) {
        const [action, conversation] = what.split(' ') as [Mark, ConversationId];
        const frame = await ask(action, { conversation, seq }).catch((error: ParleyError) => {
          if (error.retryable) throw error;
        });
        if (frame) onReceipt(frame);
        told.set(what, seq);
        if (due.get(what) === seq) due.delete(what);
      }
    } catch (error) {
      const { code, retryAfterMs = 1_000 } = error as ParleyError;
      // Without a connection the next one repeats them.
      if (code !== 'unreachable') gather.start(() => void run(), retryAfterMs);
    }
    isRunning = false;
    if (isWanted) begin();
  };
  const begin = () => gather.isSet() || gather.start(() => void run(), gatherMs);

  return {
    mark: (conversation: ConversationId, by: Mark, seq: number) => {
      const what = `${by} ${conversation}`;
      if (seq <= Math.max(told.get(what) ?? 0, due.get(what) ?? 0)) return;
      due.set(what, seq);
      begin();
    },
    /** There is a connection again: those whose answer never came. */
    repeat: begin,
    stop: gather.stop,
  };
};
export type Marker = ReturnType<typeof marker>;
