/**
 * Whether a key belongs to an input method: what it confirms is neither sent nor followed. Safari tells that the
 * composition is over before the very key that ends it; 229 is left to know it by.
 * https://bugs.webkit.org/show_bug.cgi?id=165004
 */
export const isComposing = ({ isComposing, keyCode }: KeyboardEvent): boolean =>
  isComposing || keyCode === 229;
