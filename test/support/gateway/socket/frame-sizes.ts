import type { Socket } from 'node:net';

/**
 * Watches the frames that a client sends, of which `ws` shows whole messages only: AWS closes the connection at a
 * frame over 32 KB, however small the rest (platform.md 1.1). Says how many messages were complete before it.
 */
export const watchFrames = (
  socket: Socket,
  atMost: number,
  onTooLarge: (completeMessages: number) => void,
): void => {
  let head: number[] = [];
  let payload = 0n;
  let messages = 0;

  const lengthIn = ([, second = 0, ...rest]: number[]): bigint | undefined => {
    const short = second & 0x7f;
    const extra = short === 126 ? 2 : short === 127 ? 8 : 0;
    const mask = second & 0x80 ? 4 : 0;
    if (rest.length < extra + mask) return undefined;
    return extra === 0
      ? BigInt(short)
      : rest.slice(0, extra).reduce((sum, byte) => sum * 256n + BigInt(byte), 0n);
  };

  const onData = (chunk: Buffer) => {
    for (let at = 0; at < chunk.length; ) {
      if (payload > 0n) {
        const skipped = payload < BigInt(chunk.length - at) ? Number(payload) : chunk.length - at;
        payload -= BigInt(skipped);
        at += skipped;
        continue;
      }
      head.push(chunk[at++] ?? 0);
      const length = head.length < 2 ? undefined : lengthIn(head);
      if (length === undefined) continue;
      const [first = 0] = head;
      head = [];
      payload = length;
      if (length > BigInt(atMost)) {
        socket.off('data', onData);
        onTooLarge(messages);
        return;
      }
      const isLastOfMessage = (first & 0x80) !== 0 && (first & 0x0f) <= 2;
      if (isLastOfMessage) messages++;
    }
  };
  socket.on('data', onData);
};
