import { describe, expect, test } from '@jest/globals';
import { wrongAnswer, wrongPush } from '../support/fuzz/document.ts';

/** The eye that the fuzzer looks with. */
describe('what docs/asyncapi.yaml allows as an answer', () => {
  const pong = { type: 'pong', id: '1', inbox: { epoch: 'e', version: 1 } };
  const refusal = { type: 'error', code: 'bad-request', message: 'no', retryable: false };

  test('is the reply of its action, or a refusal', () => {
    expect(wrongAnswer('ping', pong)).toBeUndefined();
    expect(wrongAnswer('ping', refusal)).toBeUndefined();
    expect(wrongAnswer(undefined, refusal)).toBeUndefined();
  });

  test.each<[string, string | undefined, object]>([
    ['the reply of another action', 'sendMessage', pong],
    ['a reply to what is no action', undefined, pong],
    ['a field that the document lacks', 'ping', { ...pong, more: 1 }],
    ['such a field further in', 'ping', { ...pong, inbox: { ...pong.inbox, more: 1 } }],
    ['a missing field', 'ping', { type: 'pong' }],
    ['a code that is not in the table', 'ping', { ...refusal, code: 'oops' }],
    [
      'the gateway speaking for itself',
      'ping',
      { message: 'Internal server error', connectionId: 'c', requestId: 'r' },
    ],
  ])('is not %s', (_what, action, frame) => {
    expect(wrongAnswer(action, frame)).toBeDefined();
  });

  test('and a push is one of the pushes', () => {
    expect(
      wrongPush({
        type: 'typing',
        conversation: `g:${'A'.repeat(22)}`,
        user: `u:${'A'.repeat(22)}`,
        active: true,
      }),
    ).toBeUndefined();
    expect(wrongPush(pong)).toBeDefined();
  });
});
