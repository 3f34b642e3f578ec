/** Messages that every client of a story sends. */
export const messagesEach = 4;
