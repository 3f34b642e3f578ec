import type { Keyring } from '../../lib/tokens/keyring.ts';
import { parseKeys } from '../../lib/tokens/keys.ts';

/** Keys that stay as they are. */
export const keyringOf = (...keys: object[]): Keyring => {
  const parsed = parseKeys(JSON.stringify({ keys }));
  return async () => parsed;
};
