import {
  DeleteMessage,
  EditMessage,
  Help,
  Join,
  Leave,
  MarkDelivered,
  MarkRead,
  Ping,
  React,
  RefreshToken,
  SendMessage,
  Sync,
  Typing,
  WatchPresence,
} from './frames.ts';

/** Every action by name: its frame, what it is for, and a line to paste into wscat. */
export const actions = {
  sendMessage: {
    frame: SendMessage,
    summary: 'Store a message and push it to every connection of every member. Answered by `ack`.',
    example: '{"action":"sendMessage","to":"u:BobAAAAAAAAAAAAAAAAAAA","text":"hello"}',
  },
  editMessage: {
    frame: EditMessage,
    summary: 'Change the text of a message of your own. Answered by `ack`.',
    example: '{"action":"editMessage","conversation":"g:GrpAAAAAAAAAAAAAAAAAAA","seq":2,"text":"hello, all"}',
  },
  deleteMessage: {
    frame: DeleteMessage,
    summary:
      'Delete a message of your own, or any as an admin: its text is gone for ever. Answered by `ack`.',
    example: '{"action":"deleteMessage","conversation":"g:GrpAAAAAAAAAAAAAAAAAAA","seq":2}',
  },
  react: {
    frame: React,
    summary: 'Put an emoji to a message, or with `remove` take it away. Answered by `ack`.',
    example: '{"action":"react","conversation":"g:GrpAAAAAAAAAAAAAAAAAAA","seq":2,"emoji":"👍"}',
  },
  join: {
    frame: Join,
    summary: 'Join a room. Answered by `ack`.',
    example: '{"action":"join","conversation":"g:GrpAAAAAAAAAAAAAAAAAAA"}',
  },
  leave: {
    frame: Leave,
    summary: 'Leave a group or a room. Answered by `ack`.',
    example: '{"action":"leave","conversation":"g:GrpAAAAAAAAAAAAAAAAAAA"}',
  },
  markDelivered: {
    frame: MarkDelivered,
    summary: 'Say that everything up to `seq` has arrived on this device. Answered by `receipt`.',
    example: '{"action":"markDelivered","conversation":"g:GrpAAAAAAAAAAAAAAAAAAA","seq":2}',
  },
  markRead: {
    frame: MarkRead,
    summary: 'Say that everything up to `seq` was read. Answered by `receipt`.',
    example: '{"action":"markRead","conversation":"g:GrpAAAAAAAAAAAAAAAAAAA","seq":2}',
  },
  typing: {
    frame: Typing,
    summary: 'Show the others that you are typing; it ends by itself. Answered by `ok`.',
    example: '{"action":"typing","conversation":"g:GrpAAAAAAAAAAAAAAAAAAA","active":true}',
  },
  watchPresence: {
    frame: WatchPresence,
    summary: 'Learn who of these users is online, now and at each change. Answered by `presence`.',
    example: '{"action":"watchPresence","users":["u:BobAAAAAAAAAAAAAAAAAAA"]}',
  },
  sync: {
    frame: Sync,
    summary: 'Learn what was missed: by inbox after a jump, by `since` on connect. Answered by `sync`.',
    example: '{"action":"sync","since":0}',
  },
  refreshToken: {
    frame: RefreshToken,
    summary: 'Stay connected with a newer token of the same user and device. Answered by `ok`.',
    example: '{"action":"refreshToken","token":"eyJ..."}',
  },
  ping: {
    frame: Ping,
    summary: 'Say that this connection lives; `every` announces a heartbeat. Answered by `pong`.',
    example: '{"action":"ping"}',
  },
  help: {
    frame: Help,
    summary: 'List the actions, or explain the one named by `topic`. Answered by `help`.',
    example: '{"action":"help","topic":"sendMessage"}',
  },
} as const;
export type Action = keyof typeof actions;
