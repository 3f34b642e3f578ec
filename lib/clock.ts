/** Time and chance are given, never taken, so that a test can replay them. */
export type Clock = {
  /** Milliseconds since 1970. */
  now(): number;
  pause(ms: number): Promise<void>;
};

export type Chance = {
  /** 22 characters of base64url: 128 random bits. */
  id(): string;
  /** A whole number from `low` to `high`, both included. */
  between(low: number, high: number): number;
};
