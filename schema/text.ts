import * as z from 'zod/mini';

/** Length of a string in UTF-8 as JSON writes it between the quotes: what it takes in a frame. */
export const jsonBytes = (text: string): number => utf8Bytes(JSON.stringify(text)) - 2;

export const utf8Bytes = (text: string): number => new TextEncoder().encode(text).length;

/** Half a surrogate pair is no character: UTF-8 cannot hold it, so it would come back as another text. */
const wellFormed = z.refine<string>((text) => text.isWellFormed(), { error: 'holds half a surrogate pair' });

/** Text that people wrote: at least one character, well formed, at most `maxBytes` as JSON writes it. */
export const textUpTo = (maxBytes: number) =>
  z.string().check(
    z.minLength(1, 'is empty'),
    z.maxLength(maxBytes, `is over ${maxBytes} bytes`),
    z.refine((text) => text.length > maxBytes || jsonBytes(text) <= maxBytes, {
      error: `is over ${maxBytes} bytes`,
      params: { code: 'too-large' },
    }),
    wellFormed,
  );

/** A short line: a name, a title, a type. Counted in characters; no control characters. */
export const lineUpTo = (maxCharacters: number) =>
  z
    .string()
    .check(
      z.minLength(1, 'is empty'),
      z.maxLength(maxCharacters, `is over ${maxCharacters} characters`),
      z.regex(/^[^\p{Cc}\p{Cs}]+$/u, 'holds a control character or half a surrogate pair'),
    );
