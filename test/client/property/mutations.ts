import type { DeviceOptions } from '../../../client/testing/index.ts';
import type { Mutation } from './run.ts';

// biome-ignore lint/suspicious/noExplicitAny: frames of every kind
type Frame = Record<string, any>;

/** A socket whose frames somebody changes on the way; `undefined` loses one. */
const tapped = (
  options: DeviceOptions,
  {
    out = (frame) => frame,
    into = (frame) => frame,
  }: Partial<Record<'out' | 'into', (frame: Frame) => Frame | undefined>>,
): DeviceOptions => ({
  ...options,
  WebSocket: class extends options.WebSocket {
    constructor(url: string, protocols?: string | string[]) {
      super(url, protocols);
      const own = this as unknown as { onmessage: (event: { data: string }) => void };
      // Whoever made it listens by then.
      queueMicrotask(() => {
        const heard = own.onmessage;
        own.onmessage = ({ data }) => {
          const frame = into(JSON.parse(data));
          if (frame) heard({ data: JSON.stringify(frame) });
        };
      });
    }
    override send(data: string) {
      const frame = out(JSON.parse(data));
      if (frame) super.send(JSON.stringify(frame));
    }
  },
});

let made = 0;
const isWriting = ({ key }: Frame) => key !== undefined;

/** Rules of the SDK and of the server, broken one at a time. */
export const mutations: Record<string, Mutation> = {
  'a retry makes a key of its own': {
    options: (options) =>
      tapped(options, {
        out: (frame) =>
          isWriting(frame) ? { ...frame, key: `another-key-${String(++made).padStart(8, '0')}` } : frame,
      }),
  },
  'what is unsent is not kept': {
    storage: (storage) => ({
      open: async (user) => ({ ...(await storage.open(user)), put: async () => {} }),
    }),
  },
  'the inbox is not followed': {
    options: (options) =>
      tapped(options, {
        into: ({ inbox, ...frame }) => {
          if (frame.type === 'pong') return { ...frame, inbox: { ...inbox, version: 0 } };
          return frame.type === 'sync' ? { inbox, ...frame } : frame;
        },
      }),
  },
  'a sync leaves an entry out': {
    options: (options) =>
      tapped(options, {
        into: (frame) =>
          frame.type === 'sync'
            ? {
                ...frame,
                conversations: frame.conversations.map((one: Frame) => ({
                  ...one,
                  entries: one.entries.slice(1),
                })),
              }
            : frame,
      }),
  },
  'a sync does not say that it is limited': {
    options: (options) =>
      tapped(options, {
        into: (frame) =>
          frame.type === 'sync'
            ? { ...frame, conversations: frame.conversations.map(({ limited: _, ...one }: Frame) => one) }
            : frame,
      }),
  },
  'an edit is told with the text it replaced': {
    options: (options) =>
      tapped(options, {
        into: (frame) => (frame.type === 'message.edited' ? { ...frame, text: 'old' } : frame),
      }),
  },
};
