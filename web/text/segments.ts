/** What a text is made of: words and addresses. Nothing here ever becomes markup. */
export type Segment = { kind: 'words' | 'link'; text: string };

/**
 * An address ends at a space, a quote or an angle bracket, and at anything invisible: a character that turns the
 * direction around could make one address look like another.
 */
const address = /\bhttps?:\/\/[^\s<>"'`\p{Cf}\p{Cc}]+/giu;
const pairs: Record<string, string> = { ')': '(', ']': '[', '}': '{' };

const countOf = (text: string, character: string) => text.split(character).length - 1;

/** A full stop or a bracket that closes the sentence belongs to the sentence. */
const trimmed = (found: string): string => {
  // Counted once: somebody may have written thousands of them.
  const unpaired = new Map(
    Object.entries(pairs).map(([closing, opening]) => [
      closing,
      countOf(found, closing) - countOf(found, opening),
    ]),
  );
  for (let end = found.length; ; end--) {
    const last = found[end - 1] ?? '';
    const left = unpaired.get(last) ?? 0;
    if (left > 0) unpaired.set(last, left - 1);
    else if (!/[.,;:!?…]/.test(last)) return found.slice(0, end);
  }
};

export const segmentsOf = (text: string): Segment[] => {
  const segments: Segment[] = [];
  let from = 0;
  for (const { 0: found, index } of text.matchAll(address)) {
    const link = trimmed(found);
    if (!URL.canParse(link)) continue;
    if (index > from) segments.push({ kind: 'words', text: text.slice(from, index) });
    segments.push({ kind: 'link', text: link });
    from = index + link.length;
  }
  if (from < text.length) segments.push({ kind: 'words', text: text.slice(from) });
  return segments;
};

const isEmojiOnly = /^(?:\p{RGI_Emoji}\s?){1,3}$/v;

/** One to three emoji and nothing else are shown large. */
export const isLarge = (text: string): boolean => text.length < 64 && isEmojiOnly.test(text);

/** Words cut at each place where `wanted` is found, whatever its case; odd ones are what was found. */
export const cutAt = (text: string, wanted: string): string[] => {
  if (!wanted) return [text];
  const [lower, needle] = [text.toLowerCase(), wanted.toLowerCase()];
  // Lower case may be longer than what it is of: then places would not fit.
  if (lower.length !== text.length) return [text];
  const parts: string[] = [];
  let from = 0;
  for (let at = lower.indexOf(needle); at >= 0; at = lower.indexOf(needle, from)) {
    parts.push(text.slice(from, at), text.slice(at, at + needle.length));
    from = at + needle.length;
  }
  return [...parts, text.slice(from)];
};
