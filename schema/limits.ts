/** Every size the product promises or refuses by, in one place. Units are in the names. */
export const limits = {
  /** API Gateway's frame, and one billing unit; both ways. */
  frameBytes: 32_768,
  frameIdCharacters: 64,
  /** UTF-8 as JSON writes it: a quote, a backslash and a line break count two. So every push fits a frame. */
  textBytes: 16_384,
  messageTypeCharacters: 32,
  httpBodyBytes: 131_072,

  nameCharacters: 32,
  passwordMinCharacters: 8,
  passwordMaxBytes: 512,
  titleCharacters: 100,
  /** Members of one conversation, the creator included. */
  members: 500,
  /** Groups and rooms that one user belongs to. */
  groupsPerUser: 1_000,
  /** One emoji, with all that Unicode joins to it. */
  emojiCharacters: 32,
  /** Emojis of one user on one message. */
  reactionsPerUser: 20,
  /** Up to so many members, receipts are pushed and marked; in larger conversations they are read on demand. */
  receiptMembers: 32,
  /** Conversations in which `GET /v1/unread` counts: anybody may begin one with anybody. */
  unreadConversations: 1_000,
  /** Users that one user blocks. */
  blockedUsers: 500,
  /** Users whose presence one connection watches. */
  watchedUsers: 20,

  pageItems: 100,
  pageDefaultItems: 50,
  usersPerRequest: 100,

  /** An exact sliding window: at most `count` in any `windowMs`. */
  login: { count: 10, windowMs: 60_000 },

  /** Entries that `recent` keeps, and that a keyed frame without `after` looks back over. */
  recentEntries: 100,
  /** A frame whose `after` lies further below the head is refused as `retry-too-old`. */
  retryEntries: 5_000,
  /** Connections that one invocation posts to itself. */
  inlinePosts: 200,

  /** Conversations whose heads one `sync` compares, and entries it gives of each before it says `limited`. */
  syncConversations: 50,
  syncEntries: 200,
  /** What is given of a conversation that has more: its newest entries. */
  syncNewest: 50,
  /** A `sync` over HTTP, about; over the socket it is one frame. */
  syncBytes: 1_000_000,

  connectionsPerUser: 50,
  /** Frames of one connection, whatever they ask. */
  frames: { count: 50, windowMs: 1_000 },
  /** Handshakes of one user. */
  connects: { count: 60, windowMs: 60_000 },
  /** HTTP requests of one user. */
  requests: { count: 50, windowMs: 1_000 },
  /** HTTP requests of one address that show no token, and as many with a bad one. */
  strangers: { count: 20, windowMs: 10_000 },

  ticketSeconds: 30,
  connectionSeconds: 7_800,
  /** A `410` says nothing about a connection whose handshake may not be over. */
  handshakeMs: 10_000,
} as const;
