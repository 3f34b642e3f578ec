import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { createElement, type FunctionComponent, useEffect, useReducer } from 'react';
import type { Root } from 'react-dom/client';
import { connect } from '../../../client/chat.ts';
import {
  ParleyProvider,
  useConnection,
  useConversation,
  useConversations,
  useLive,
  useMe,
  useMessages,
  useParley,
  usePresence,
  useTyping,
  useUnread,
  useUser,
} from '../../../client/react/index.ts';
import { createTestServer, type TestServer, type TestUser } from '../../../client/testing/index.ts';
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

const open = async (user: TestUser, { clock }: TestServer): Promise<Chat> => {
  const chat = connect(user.device().options);
  ends.push(chat.close);
  await clock.advance(100);
  await chat.ready;
  return chat;
};

const stage = async () => {
  const server = createTestServer();
  const [ann, bob] = [server.user('ann'), server.user('bob')];
  const conversation = server.group('climbing', ann, bob);
  ends.push(server.stop);
  const [mine, theirs] = [await open(ann, server), await open(bob, server)];
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
  return { server, conversation, mine, theirs, show, pass };
};

type Props = { conversation: ConversationId; user: UserId };
const renders = { lines: 0, unread: 0, state: 0, name: 0, titles: 0 };
/** What the last rendering was given. */
const given: { messages?: ReturnType<typeof useMessages>; list?: ReturnType<typeof useConversations> } = {};
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
const Whole = ({ conversation }: Props) => {
  const { view, conversation: one } = useConversation(conversation);
  return `${useMe()?.user.name}: ${view.title}, ${view.members.length} members, ${one.id === conversation}`;
};
const Titles = () => {
  renders.titles++;
  const titles = useLive(
    useParley().conversations,
    ({ items }) => items.map(({ title }) => title),
    (one, other) => one.join() === other.join(),
  );
  return titles.join();
};
const Past = ({ conversation }: Props) => {
  given.messages = useMessages(conversation);
  const { items, hasOlder, error } = given.messages;
  return `${items.length} of them${hasOlder ? ', and more' : ''}${error ? `, ${error.code}` : ''}`;
};
const All = () => {
  given.list = useConversations();
  const { items, hasMore, loading } = given.list;
  return `${items.length}${hasMore ? ' and more' : ''}${loading ? ', loading' : ''}`;
};
const There = ({ user }: Props) => ` online ${usePresence([user]).get(user)?.online}`;

/** What hooks gave, render by render. */
const kept: { list: object[]; conversation: object[]; messages: object[] } = {
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
  kept.list.push(useConversations());
  kept.conversation.push(useConversation(conversation));
  kept.messages.push(useMessages(conversation));
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
    const last = () => Object.values(kept).map((all) => all.at(-1));
    const before = last();
    const renders = kept.list.length;
    await pass(renderAgain);
    expect(kept.list.length).toBeGreaterThan(renders);
    for (const [i, one] of last().entries()) expect(one).toBe(before[i]);
    await pass(() => void theirs.conversation(conversation).send('hello'));
    for (const [i, one] of last().entries()) expect(one).not.toBe(before[i]);
  });

  test('give a conversation and everything of it, and keep it open as long as they are shown', async () => {
    const { conversation, server, mine, theirs, show, pass } = await stage();
    await show(mine, Whole);
    expect(container.textContent).toBe('ann: climbing, 2 members, true');
    await pass(() => void theirs.conversation(conversation).send('hello'));
    await show(mine, Unread);
    await pass(() => {
      for (let i = 0; i < 500; i++) server.user('bob').say(conversation, `number ${i}`);
    });
    // Nobody looks any more: not everything is kept.
    expect(mine.conversation(conversation).get().items.length).toBeLessThan(500);
  });

  test('give a part of what is live, and render for that alone', async () => {
    const { mine, theirs, conversation, show, pass } = await stage();
    await show(mine, Titles);
    expect(container.textContent).toBe('climbing');
    const before = renders.titles;
    await pass(() => void theirs.conversation(conversation).send('hello'));
    expect(renders.titles).toBe(before);
    await pass(() => void theirs.createGroup('running', [mine.me?.user.id ?? '']));
    expect(container.textContent).toBe('running,climbing');
  });

  test('load more of the past, say why that failed, and try again', async () => {
    const { conversation, server, show, pass } = await stage();
    for (let i = 0; i < 60; i++) server.user('bob').say(conversation, `number ${i}`);
    const fresh = await open(server.user('ann'), server);
    await show(fresh, Past);
    expect(container.textContent).toBe('50 of them, and more');
    server.interfere(({ content }) => (String(content.path).endsWith('/messages') ? 'forbidden' : undefined));
    await pass(() => void given.messages?.loadOlder().catch(() => {}));
    expect(container.textContent).toBe('50 of them, and more, forbidden');
    server.interfere(undefined);
    await pass(() => given.messages?.retry());
    expect(container.textContent).toBe('61 of them');
  });

  test('load more of the list', async () => {
    const { server, conversation, show, pass } = await stage();
    const [ann, bob] = [server.user('ann'), server.user('bob')];
    // More than a sync brings of it: it is the list that tells what it is.
    for (let i = 0; i < 210; i++) bob.say(conversation, `number ${i}`);
    await pass(() => {});
    for (let i = 0; i < 100; i++) server.group(`number ${i}`, bob, ann);
    await show(await open(ann, server), All);
    expect(container.textContent).toBe('100 and more');
    await pass(() => void given.list?.loadMore());
    expect(container.textContent).toBe('101');
  });
});
