import { createTokens } from '../../lib/tokens/tokens.ts';
import type { Session } from '../../schema/http/users.ts';
import type { DeviceId } from '../../schema/ids.ts';
import { realClock } from './clock.ts';
import { keyringOf } from './keys.ts';
import type { Running } from './running.ts';

/** Another token of a session, as the deployment signs them: of another moment, life or role. */
export const signedFor = async (
  { http }: Pick<Running, 'http'>,
  { user, token }: Session,
  { role = 'user', lifeSeconds = 60, agoMs = 0 } = {},
): Promise<{ token: string; expiresAt: number }> => {
  const { body } = await http('GET', '/v1/me', { token });
  const tokens = createTokens({
    keys: keyringOf(JSON.parse(process.env.PARLEY_TOKEN_KEY ?? '')),
    issuer: 'parley',
    audience: 'parley',
    lifeSeconds,
    issuers: [],
    clock: { ...realClock, now: () => Date.now() - agoMs },
  });
  return tokens.issue({ user: user.id, device: body.device as DeviceId, role });
};
