import type { ErrorCode } from '../errors.ts';
import {
  AddMember,
  ChangeMember,
  Conversation,
  ConversationPage,
  CreateConversation,
  EntryPage,
  MemberPage,
  MessagesQuery,
  PageQuery,
  PostMessage,
  Receipts,
  ReceiptsQuery,
  RetryQuery,
  Stored,
  SyncReply,
  SyncRequest,
  UnreadTotal,
  UpdateConversation,
} from './conversations.ts';
import { type Route, signedIn } from './route.ts';

const writing: ErrorCode[] = ['not-found', 'retry-too-old', ...signedIn];

export const conversationRoutes: Record<string, Route> = {
  'GET /v1/conversations': {
    summary: "The caller's conversations, newest activity first, each with its last message.",
    query: PageQuery,
    replies: { 200: ConversationPage },
    refusals: ['bad-request', 'too-large', ...signedIn],
  },
  'POST /v1/conversations': {
    summary: 'Create a group, or find (201 where it was created) the direct conversation with a user.',
    body: CreateConversation,
    replies: { 200: Conversation, 201: Conversation },
    refusals: ['bad-request', 'too-large', 'not-found', 'blocked', ...signedIn],
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
    refusals: ['bad-request', 'too-large', 'not-found', ...signedIn],
  },
  'POST /v1/conversations/{id}/messages': {
    summary: 'Send a message: stored once, ordered, pushed to every connection of every member.',
    body: PostMessage,
    replies: { 201: Stored },
    refusals: ['bad-request', 'too-large', 'blocked', ...writing],
  },
  'PATCH /v1/conversations/{id}': {
    summary: 'Rename a group or a room, as its owner or admin.',
    body: UpdateConversation,
    replies: { 200: Stored },
    refusals: ['bad-request', 'too-large', 'forbidden', 'conflict', ...writing],
  },
  'GET /v1/conversations/{id}/members': {
    summary: 'Its members, by id.',
    query: PageQuery,
    replies: { 200: MemberPage },
    refusals: ['bad-request', 'too-large', 'not-found', ...signedIn],
  },
  'POST /v1/conversations/{id}/members': {
    summary: 'Add a member, as its owner or admin.',
    body: AddMember,
    replies: { 201: Stored },
    refusals: ['bad-request', 'too-large', 'forbidden', 'conflict', 'blocked', ...writing],
  },
  'PATCH /v1/conversations/{id}/members/{user}': {
    summary: 'Change the role of a member, as an owner.',
    body: ChangeMember,
    replies: { 200: Stored },
    refusals: ['bad-request', 'too-large', 'forbidden', 'conflict', ...writing],
  },
  'DELETE /v1/conversations/{id}/members/{user}': {
    summary: 'Remove a member, as its owner or admin; oneself: leave.',
    query: RetryQuery,
    replies: { 200: Stored },
    refusals: ['bad-request', 'forbidden', 'conflict', ...writing],
  },
  'GET /v1/conversations/{id}/receipts': {
    summary: 'How far everybody has received and read; with `seq`, when and on which device.',
    query: ReceiptsQuery,
    replies: { 200: Receipts },
    refusals: ['bad-request', 'not-found', ...signedIn],
  },
  'POST /v1/sync': {
    summary: 'What was missed, as the `sync` frame has it, for what does not fit a frame.',
    body: SyncRequest,
    replies: { 200: SyncReply },
    refusals: ['bad-request', 'too-large', ...signedIn],
  },
  'GET /v1/unread': {
    summary: "Unread messages over all of the caller's conversations.",
    replies: { 200: UnreadTotal },
    refusals: signedIn,
  },
};
