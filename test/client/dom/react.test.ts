import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { createElement, type FunctionComponent, useEffect, useReducer } from 'react';
import type { Root } from 'react-dom/client';
import { connect } from '../../../client/chat.ts';
import {
  ParleyProvider,
  useConnection,
  useConversation,
  useConversations,
  useMessages,
  usePresence,
  useTyping,
  useUnread,
  useUser,
} from '../../../client/react/index.ts';
import { createTestServer } from '../../../client/testing/index.ts';
import type { Chat } from '../../../client/types/parley.ts';
import type { ConversationId, UserId } from '../../../client/wire.gen.ts';

let root: Root;
let act: (run: () => Promise<void>) => Promise<void>;
let container: HTMLElement;
const ends: (() => void)[] = [];

beforeEach(async () => {
  // @ts-expect-error: it has no types
  const { JSDOM } = await import('jsdom');
  const { window } = new JSDOM('<!doctype html><body><main></main></body>');
  Object.assign(globalThis, { window, document: window.document, IS_REACT_ACT_ENVIRONMENT: true });
  ({ act } = (await import('react')) as unknown as { act: typeof act });
  const { createRoot } = await import('react-dom/client');
  container = window.document.querySelector('main');
  root = createRoot(container);
});
afterEach(async () => {
  await act(async () => root.unmount());
  for (const end of ends.splice(0)) end();
  for (const name of ['window', 'document']) Reflect.deleteProperty(globalThis, name);
});

const stage = async () => {
  const server = createTestServer();
  const [ann, bob] = [server.user('ann'), server.user('bob')];
  const conversation = server.group('climbing', ann, bob);
  const open = async (user: typeof ann): Promise<Chat> => {
    const chat = connect(user.device().options);
    ends.push(chat.close);
    await server.clock.advance(100);
    await chat.ready;
    return chat;
  };
  ends.push(server.stop);
  const [mine, theirs] = [await open(ann), await open(bob)];
  const show = async (parley: Chat, ...parts: FunctionComponent<Props>[]) => {
    const props = { conversation, user: bob.id };
    const children = parts.map((part, key) => createElement(part, { key, ...props }));
    await act(async () => root.render(createElement(ParleyProvider, { parley, children })));
    await pass(() => {});
  };
  const pass = (run: () => void, ms = 1_000) =>
    act(async () => {
      run();
      await server.clock.advance(ms);
    });
  return { conversation, mine, theirs, show, pass };
};

type Props = { conversation: ConversationId; user: UserId };
const renders = { lines: 0, unread: 0, state: 0, name: 0 };
const Lines = ({ conversation }: Props) => {
  renders.lines++;
  const { items } = useMessages(conversation);
  return items.flatMap((item) => (item.kind === 'message' ? item.text : [])).join();
};
const Unread = () => {
  renders.unread++;
  return ` unread ${useUnread().count}`;
};
const State = () => {
  renders.state++;
  return ` ${useConnection().current}`;
};
const Name = ({ user }: Props) => {
  renders.name++;
  return ` ${useUser(user)}`;
};
const Typing = ({ conversation }: Props) => `typing ${useTyping(conversation).length}`;
const There = ({ user }: Props) => ` online ${usePresence([user]).get(user)?.online}`;

/** What hooks gave, render by render. */
const given: { list: object[]; conversation: object[]; messages: object[] } = {
  list: [],
  conversation: [],
  messages: [],
};
let renderAgain: () => void = () => {};
const Same = ({ conversation }: Props) => {
  const [, again] = useReducer((times: number) => times + 1, 0);
  useEffect(() => {
    renderAgain = again;
  }, []);
  given.list.push(useConversations());
  given.conversation.push(useConversation(conversation));
  given.messages.push(useMessages(conversation));
  return null;
};

describe('the hooks', () => {
  test('show what happens, and render nothing that did not change', async () => {
    const { conversation, mine, theirs, show, pass } = await stage();
    await show(mine, Lines, Unread, State, Name);
    expect(container.textContent).toBe(' unread 0 connected bob');
    const before = { ...renders };

    await pass(() => void theirs.conversation(conversation).send('hello'));
    expect(container.textContent).toBe('hello unread 1 connected bob');
    expect(renders).toEqual({ ...before, lines: before.lines + 1, unread: before.unread + 1 });

    await pass(() => theirs.conversation(conversation).typing(true));
    expect(renders).toEqual({ ...before, lines: before.lines + 1, unread: before.unread + 1 });
  });

  test('show who types and who is there', async () => {
    const { conversation, mine, theirs, show, pass } = await stage();
    await show(mine, Typing, There);
    expect(container.textContent).toBe('typing 0 online true');
    await pass(() => theirs.conversation(conversation).typing(true));
    expect(container.textContent).toBe('typing 1 online true');
    await pass(() => {}, 6_000);
    expect(container.textContent).toBe('typing 0 online true');
  });

  test('give the same objects while nothing changed, and others when something did', async () => {
    const { conversation, mine, theirs, show, pass } = await stage();
    await show(mine, Same);
    const last = () => Object.values(given).map((all) => all.at(-1));
    const before = last();
    const renders = given.list.length;
    await pass(renderAgain);
    expect(given.list.length).toBeGreaterThan(renders);
    for (const [i, one] of last().entries()) expect(one).toBe(before[i]);
    await pass(() => void theirs.conversation(conversation).send('hello'));
    for (const [i, one] of last().entries()) expect(one).not.toBe(before[i]);
  });
});
