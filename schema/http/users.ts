import * as z from 'zod/mini';
import { DeviceId, UserId } from '../ids.ts';
import { limits } from '../limits.ts';
import { Presence } from '../pushes.ts';
import { lineUpTo, utf8Bytes } from '../text.ts';

/** HTTP bodies and parameters of `/v1` that are about users, their sessions and devices. */

const Name = lineUpTo(limits.nameCharacters).check(
  z.regex(/^\S(.*\S)?$/u, 'begins or ends with a space'),
  z.meta({ id: 'Name', examples: ['ann'] }),
);

export const Credentials = z
  .strictObject({
    name: Name,
    password: z.string().check(
      z.minLength(limits.passwordMinCharacters, `is under ${limits.passwordMinCharacters} characters`),
      z.maxLength(limits.passwordMaxBytes, `is over ${limits.passwordMaxBytes} bytes`),
      z.refine((password) => utf8Bytes(password) <= limits.passwordMaxBytes, {
        error: `is over ${limits.passwordMaxBytes} bytes`,
        params: { code: 'too-large' },
      }),
    ),
  })
  .check(z.meta({ id: 'Credentials' }));
export type Credentials = z.infer<typeof Credentials>;

const User = z.object({ id: UserId, name: z.string() }).check(z.meta({ id: 'User' }));

/** `expiresAt` in milliseconds since 1970. */
export const Session = z
  .object({ user: User, token: z.string(), expiresAt: z.int() })
  .check(z.meta({ id: 'Session' }));
export type Session = z.infer<typeof Session>;

/** Good for one `?ticket=` within 30 s. */
export const Ticket = z.object({ ticket: z.string(), expiresAt: z.int() }).check(z.meta({ id: 'Ticket' }));
export type Ticket = z.infer<typeof Ticket>;

export const Me = z
  .object({ user: User, device: DeviceId, role: z.string(), expiresAt: z.int() })
  .check(z.meta({ id: 'Me' }));
export type Me = z.infer<typeof Me>;

/** Either `ids` (comma-separated) or `name`. */
export const UsersQuery = z.strictObject({ ids: z.optional(z.string()), name: z.optional(Name) }).check(
  z.refine((query) => (query.ids === undefined) !== (query.name === undefined), {
    error: 'needs either `ids` or `name`',
    path: ['ids'],
  }),
);
export const UserIds = z
  .array(UserId)
  .check(z.minLength(1), z.maxLength(limits.usersPerRequest, `names over ${limits.usersPerRequest} users`));

export const DeviceList = z
  .object({
    items: z.array(
      z.object({
        id: DeviceId,
        /** Milliseconds since 1970. */
        createdAt: z.int(),
        /** The device of the token that asks. */
        current: z.optional(z.literal(true)),
        /** How many connections it has now. */
        connections: z.int(),
      }),
    ),
  })
  .check(z.meta({ id: 'DeviceList' }));
export type DeviceList = z.infer<typeof DeviceList>;

export const PresenceQuery = z.strictObject({ users: z.string() });
export type PresenceQuery = z.infer<typeof PresenceQuery>;
export const PresenceList = z.object({ items: z.array(Presence) }).check(z.meta({ id: 'PresenceList' }));
export type PresenceList = z.infer<typeof PresenceList>;

export const UserList = z.object({ items: z.array(User) }).check(z.meta({ id: 'UserList' }));
export type UserList = z.infer<typeof UserList>;
