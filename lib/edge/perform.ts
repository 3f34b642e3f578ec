import type { App } from '../app.ts';
import { deliver } from '../deliver.ts';
import type { Outcome } from '../outcome.ts';

export type PerformUses = Pick<App, 'gateway' | 'connections' | 'log' | 'queue' | 'clock'>;

/** Posts, and what must be done beside them. Everything is over when this returns; nothing outlives the handler. */
export const perform = async <Reply>(
  app: Partial<PerformUses>,
  { reply, publish = [], meanwhile }: Outcome<Reply>,
): Promise<Reply> => {
  const posts = publish.map((publication) => deliver(app as PerformUses, publication));
  const [needed, ...posted] = await Promise.allSettled([meanwhile?.(), ...posts]);
  for (const { reason } of posted.filter((result) => result.status === 'rejected')) {
    app.log?.error('push.failed', { cause: reason });
  }
  if (needed.status === 'rejected') throw needed.reason;
  return reply;
};
