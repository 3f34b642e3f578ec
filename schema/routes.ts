import * as z from 'zod/mini';
import type { ErrorCode } from './errors.ts';
import {
  Conversation,
  ConversationPage,
  CreateConversation,
  Credentials,
  EntryPage,
  Me,
  MessagesQuery,
  PageQuery,
  PostMessage,
  Session,
  Stored,
  Ticket,
  UserList,
  UsersQuery,
} from './http.ts';

/** Every HTTP route: what it takes, what it answers, and why it may refuse. The OpenAPI document is made of it. */
export type Route = {
  summary: string;
  /** Needs no token. */
  open?: true;
  query?: z.ZodMiniType;
  body?: z.ZodMiniType;
  replies: Record<number, z.ZodMiniType>;
  refusals: ErrorCode[];
};

const signedIn: ErrorCode[] = ['unauthorized', 'token-expired', 'revoked', 'unavailable', 'internal'];

export const routes: Record<string, Route> = {
  'POST /v1/register': {
    summary: 'Register a user. A registration that died half-way is completed by the same request.',
    open: true,
    body: Credentials,
    replies: { 201: Session },
    refusals: ['bad-request', 'too-large', 'name-taken', 'rate-limited', 'unavailable', 'internal'],
  },
  'POST /v1/tokens': {
    summary: 'Sign in: a new device, and the token that belongs to it.',
    open: true,
    body: Credentials,
    replies: { 201: Session },
    refusals: ['bad-request', 'too-large', 'unauthorized', 'rate-limited', 'unavailable', 'internal'],
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
  'GET /v1/conversations': {
    summary: "The caller's conversations, newest activity first, each with its last message.",
    query: PageQuery,
    replies: { 200: ConversationPage },
    refusals: ['bad-request', ...signedIn],
  },
  'POST /v1/conversations': {
    summary: 'Create a group, or find (201 where it was created) the direct conversation with a user.',
    body: CreateConversation,
    replies: { 200: Conversation, 201: Conversation },
    refusals: ['bad-request', 'too-large', 'not-found', ...signedIn],
  },
  'GET /v1/conversations/{id}': {
    summary: 'One conversation of the caller.',
    replies: { 200: Conversation },
    refusals: ['not-found', ...signedIn],
  },
  'GET /v1/conversations/{id}/messages': {
    summary: 'A page of the log, newest to oldest.',
    query: MessagesQuery,
    replies: { 200: EntryPage },
    refusals: ['bad-request', 'not-found', ...signedIn],
  },
  'POST /v1/conversations/{id}/messages': {
    summary: 'Send a message: stored once, ordered, pushed to every connection of every member.',
    body: PostMessage,
    replies: { 201: Stored },
    refusals: ['bad-request', 'too-large', 'not-found', 'retry-too-old', 'rate-limited', ...signedIn],
  },
  'GET /.well-known/jwks.json': {
    summary: 'Public keys of the built-in issuer.',
    open: true,
    replies: { 200: z.object({ keys: z.array(z.record(z.string(), z.unknown())) }) },
    refusals: ['internal'],
  },
};
