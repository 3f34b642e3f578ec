/** The limits of docs/PROTOCOL.md. */
export const limits = {
  frameBytes: 32_768,
  frameIdCharacters: 64,
  textBytes: 16_384,
  messageTypeCharacters: 32,
  nameCharacters: 32,
  passwordMinCharacters: 8,
  titleCharacters: 100,
  members: 500,
  groupsPerUser: 1_000,
  emojiCharacters: 32,
  reactionsPerUser: 20,
  receiptMembers: 32,
  unreadConversations: 1_000,
  blockedUsers: 500,
  watchedUsers: 20,
  pageItems: 100,
  pageDefaultItems: 50,
  usersPerRequest: 100,
  login: { count: 10, windowMs: 60_000 },
  recentEntries: 100,
  retryEntries: 5_000,
  syncConversations: 50,
  syncEntries: 200,
  syncNewest: 50,
  syncBytes: 1_000_000,
  connectionsPerUser: 50,
  frames: { count: 50, windowMs: 1_000 },
  connects: { count: 60, windowMs: 60_000 },
  requests: { count: 50, windowMs: 1_000 },
  strangers: { count: 20, windowMs: 10_000 },
  ticketSeconds: 30,
};

/** When somebody counts as online and when a connection is closed, in milliseconds where no other unit is named. */
export const rules = {
  silentBeats: 3,
  onlineBeats: 5,
  quietMs: 600_000,
  graceMs: 15_000,
  lifetimeMs: 5_400_000,
  lifetimeSpreadMs: 900_000,
  farewellMs: 60_000,
  typingPaceMs: 3_000,
  typingMs: 6_000,
  /** How long a stored send is remembered by its key alone. */
  keyMs: 600_000,
  /** How far `active_at` lags behind in a compare. */
  lagMs: 1_200_000,
  /** How often the server looks for what time alone brings about. */
  sweepMs: 5_000,
};
