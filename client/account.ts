import { exchange } from './http.ts';
import type { Parley } from './types/parley.ts';
import type {
  DeviceList,
  Presence,
  PresenceList,
  Session,
  UnreadTotal,
  User,
  UserId,
  UserList,
} from './wire.gen.ts';

/** A name and a password for the built-in issuer. */
export interface Credentials {
  /** The HTTP side: `https://…`. */
  httpUrl: string;
  name: string;
  password: string;
  fetch?: typeof fetch;
}
/** One of the caller's devices. */
export type Device = DeviceList['items'][number];

const signInAt =
  (path: string) =>
  ({ httpUrl, name, password, fetch: fetcher = fetch }: Credentials): Promise<Session> =>
    exchange(fetcher, httpUrl.replace(/\/$/, '') + path, 'POST', { body: { name, password } });

/** Registers a user and signs in on a new device. Rejects with `name-taken` where somebody has that name. */
export const register: (credentials: Credentials) => Promise<Session> = signInAt('/v1/register');

/** Signs in on a new device. Rejects with `unauthorized` where name or password are wrong. */
export const signIn: (credentials: Credentials) => Promise<Session> = signInAt('/v1/tokens');

/** A token that is still good, of the built-in issuer. */
export interface Renewal {
  /** The HTTP side: `https://…`. */
  httpUrl: string;
  token: string;
  signal?: AbortSignal | undefined;
  fetch?: typeof fetch;
}

/**
 * Another token of the same device, so that its connection goes on. Rejects with `token-expired` or `revoked` where the
 * token is good no more, and with `forbidden` where it is of another issuer.
 */
export const renew = ({ httpUrl, token, signal, fetch: fetcher = fetch }: Renewal): Promise<Session> =>
  exchange(fetcher, `${httpUrl.replace(/\/$/, '')}/v1/tokens/renew`, 'POST', { token, signal });

/** The caller's devices that are not revoked, newest first. */
export const devices = async ({ request }: Parley): Promise<Device[]> =>
  (await request<DeviceList>('GET', '/v1/devices')).items;

/** Revokes a device, one's own too: its token is void, its connections are closed. There is no way back. */
export const revokeDevice = async ({ request }: Parley, device: string): Promise<void> => {
  await request('DELETE', `/v1/devices/${encodeURIComponent(device)}`);
};

/** Whom the caller has blocked. */
export const blocks = async ({ request }: Parley): Promise<User[]> =>
  (await request<UserList>('GET', '/v1/blocks')).items;

/** Blocks a user: neither can write to the other any more. */
export const block = async ({ request }: Parley, user: UserId): Promise<void> => {
  await request('PUT', `/v1/blocks/${encodeURIComponent(user)}`);
};

/** Takes the caller's block away. */
export const unblock = async ({ request }: Parley, user: UserId): Promise<void> => {
  await request('DELETE', `/v1/blocks/${encodeURIComponent(user)}`);
};

/** How users are, watched or not; at most 100. */
export const presenceOf = async ({ request }: Parley, users: readonly UserId[]): Promise<Presence[]> =>
  (await request<PresenceList>('GET', `/v1/presence?users=${users.map(encodeURIComponent).join()}`)).items;

/** Messages not read, over all conversations, also those that are not loaded. */
export const unreadTotal = ({ request }: Parley): Promise<UnreadTotal> => request('GET', '/v1/unread');
