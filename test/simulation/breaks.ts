import type { App } from '../../lib/app.ts';

/** How both stories are broken alike. */

/** A finish comes once more when the entry was changed, and fills the newest entries with what it was. */
export const finishingLate = (app: App): App => ({
  ...app,
  conversations: {
    ...app.conversations,
    finish: (finished) => {
      const { conversation, sender, recent } = finished;
      const late = async () => {
        const seen = await app.conversations.look(conversation, sender, 1);
        const patched = seen.kind === 'seen' ? seen.patched : '';
        if (recent) await app.conversations.finish({ ...finished, recent: { ...recent, patched } });
      };
      // The network doubles a call now and then; this one comes when the entry was changed.
      void app.clock.pause(3_000).then(late);
      return app.conversations.finish(finished);
    },
  },
});

/** Who leaves is a member until his row is settled. */
export const withoutClaims = (app: App): App => ({
  ...app,
  members: {
    ...app.members,
    change: (conversation, row) =>
      app.members.change(conversation, { ...row, state: row.state === 'leaving' ? 'in' : row.state }),
  },
});
