/** Makes keys: 128 bits of chance, as 32 hexadecimal digits. A given `random` makes the same ones again. */
export const keyMaker = (random?: () => number) => (): string => {
  const bytes = random
    ? Array.from({ length: 16 }, () => Math.floor(random() * 256))
    : [...crypto.getRandomValues(new Uint8Array(16))];
  return bytes.map((byte) => byte.toString(16).padStart(2, '0')).join('');
};
