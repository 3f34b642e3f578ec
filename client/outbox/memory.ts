import type { OutboxRecord, OutboxStorage } from '../types/outbox.ts';

/** Keeps what is unsent as long as the program runs. Those who share one are like tabs of a browser. */
export const memoryStorage = (): OutboxStorage => {
  const kept = new Map<string, { record: OutboxRecord; owner: object | undefined }>();
  return {
    open: async (user) => {
      const owner = {};
      const isMine = (one: { owner: object | undefined } | undefined) => one?.owner === owner;
      return {
        claim: async () => {
          const free = [...kept.values()].filter((one) => !one.owner && one.record.user === user);
          for (const one of free) one.owner = owner;
          return free.map(({ record }) => ({ ...record }));
        },
        put: async (record) => {
          kept.set(record.key, { record: { ...record }, owner });
        },
        remove: async (key) => {
          kept.delete(key);
        },
        close: () => {
          for (const one of kept.values()) if (isMine(one)) one.owner = undefined;
        },
      };
    },
  };
};
