/** What a text may measure: see `textBytes`. */
export const textLimit = 16_384;
/** How long the title of a group or a room may be, in characters. */
export const titleLimit = 100;
/** How long a name may be, in characters. */
export const nameLimit = 32;
/** In a conversation of more members receipts are not pushed to all of them. */
export const receiptMembers = 32;

/** What a text takes of the limit: its UTF-8 as JSON writes it, so a quote, a backslash and a line break count two. */
export const textBytes = (text: string): number => new TextEncoder().encode(JSON.stringify(text)).length - 2;
