import { ParleyError } from '@parley/client/chat';

const sentences: Partial<Record<ParleyError['code'], string>> = {
  unauthorized: 'The name or the password is wrong.',
  'name-taken': 'Somebody has that name already.',
  'rate-limited': 'Too many attempts. Wait a moment, then try again.',
  unreachable: 'Parley cannot be reached. Check your connection, then try again.',
  unavailable: 'Parley is busy. Try again in a moment.',
  blocked: 'One of you has blocked the other.',
  forbidden: 'You may not do that here.',
  'not-found': 'It does not exist, or it is not yours.',
  'too-large': 'That is too long.',
  'message-deleted': 'The message was deleted meanwhile.',
  conflict: 'It has changed meanwhile.',
  'retry-too-old': 'Too much has happened since. Send it anew.',
  'outbox-full': 'Too many messages are waiting to be sent.',
};

/** What went wrong, for the person in front of it. */
export const explain = (error: unknown): string => {
  if (!(error instanceof ParleyError)) return 'Something went wrong. Try again.';
  if (error.code === 'bad-request') return error.message.replace(/^unable to [^;]*; \/?/, '');
  return sentences[error.code] ?? 'Something went wrong. Try again.';
};
