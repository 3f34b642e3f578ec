import * as z from 'zod/mini';
import { Done } from './conversations.ts';
import { type Route, signedIn } from './route.ts';
import {
  Credentials,
  DeviceList,
  Me,
  PresenceList,
  PresenceQuery,
  Session,
  Ticket,
  UserList,
  UsersQuery,
} from './users.ts';

export const userRoutes: Record<string, Route> = {
  'POST /v1/register': {
    summary:
      'Register a user, where that is open. A registration that died half-way is completed by the same request.',
    open: true,
    body: Credentials,
    replies: { 201: Session },
    refusals: [
      'bad-request',
      'too-large',
      'forbidden',
      'name-taken',
      'rate-limited',
      'unavailable',
      'internal',
    ],
  },
  'POST /v1/tokens': {
    summary: 'Sign in: a new device, and the token that belongs to it.',
    open: true,
    body: Credentials,
    replies: { 201: Session },
    refusals: ['bad-request', 'too-large', 'unauthorized', 'rate-limited', 'unavailable', 'internal'],
  },
  'POST /v1/tokens/renew': {
    summary: 'Another token of the same device, for one of the built-in issuer that is good.',
    replies: { 201: Session },
    refusals: ['forbidden', ...signedIn],
  },
  'POST /v1/tickets': {
    summary: 'A stand-in for the token that may be seen in a URL: one use, 30 s.',
    replies: { 201: Ticket },
    refusals: signedIn,
  },
  'GET /v1/me': {
    summary: 'Whose token this is, and until when it is good.',
    replies: { 200: Me },
    refusals: signedIn,
  },
  'GET /v1/users': {
    summary: 'Users by id (those that exist, in no order) or by name (one or none).',
    query: UsersQuery,
    replies: { 200: UserList },
    refusals: ['bad-request', 'too-large', ...signedIn],
  },
  'GET /v1/presence': {
    summary: 'Who of these users (comma-separated) is online.',
    query: PresenceQuery,
    replies: { 200: PresenceList },
    refusals: ['bad-request', 'too-large', ...signedIn],
  },
  'GET /v1/devices': {
    summary: "The caller's devices that are not revoked.",
    replies: { 200: DeviceList },
    refusals: signedIn,
  },
  'DELETE /v1/devices/{device}': {
    summary: 'Revoke a device: its token is void and its connections are closed at once.',
    replies: { 200: Done },
    refusals: ['not-found', ...signedIn],
  },
  'GET /v1/blocks': {
    summary: 'Whom the caller has blocked.',
    replies: { 200: UserList },
    refusals: signedIn,
  },
  'PUT /v1/blocks/{user}': {
    summary: 'Block a user: no direct messages, no presence, either way.',
    replies: { 200: Done },
    refusals: ['bad-request', 'too-large', 'not-found', ...signedIn],
  },
  'DELETE /v1/blocks/{user}': {
    summary: 'Take a block away.',
    replies: { 200: Done },
    refusals: ['not-found', ...signedIn],
  },
  'GET /.well-known/jwks.json': {
    summary: 'Public keys of the built-in issuer.',
    open: true,
    replies: { 200: z.object({ keys: z.array(z.record(z.string(), z.unknown())) }) },
    refusals: ['rate-limited', 'internal'],
  },
};
