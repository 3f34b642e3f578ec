import { timer } from '../clock.ts';
import { closed, ParleyError, unreachable } from '../error.ts';
import type { Request } from '../http.ts';
import { listeners } from '../live.ts';
import type { ConnectionChange, ConnectionState } from '../types/connection.ts';
import type { Clock, SocketConstructor, Surroundings } from '../types/environment.ts';
import type { Goodbye } from '../wire.gen.ts';
import { backoff } from './backoff.ts';
import { heartbeat } from './heartbeat.ts';
import { type Ask, type Frame, type Link, lost, openLink } from './link.ts';
import { renewal } from './renewal.ts';
import type { Tokens } from './token.ts';

/** A connection that held this long was a good one: the next failure is the first. */
const goodMs = 10_000;
/** After so many failed handshakes in a row the reason is asked for: browsers hide it. */
const failuresBeforeAsking = 2;

export type ConnectionUses = {
  url: string;
  clock: Clock;
  random: () => number;
  WebSocket: SocketConstructor;
  surroundings: Surroundings;
  tokens: Tokens;
  request: Request;
  /** Seconds. */
  heartbeat: number;
  onState(change: ConnectionChange): void;
  onFrame(frame: Frame): void;
  /** There is a new socket: nothing is known of what was missed. */
  onOpen(): void;
};

/** What a goodbye means to the caller. */
const farewell = ({ code }: Goodbye) => {
  const known = code === 'revoked' ? code : code === 'expired' ? 'token-expired' : 'closed';
  return new ParleyError(known, `goodbye: ${code}`);
};

/** The line to the server: held, mended, and renewed before it ends. */
export const connection = (uses: ConnectionUses) => {
  const { clock, random, tokens } = uses;
  const retry = timer(clock);
  const replacement = timer(clock);
  let change: ConnectionChange = {
    current: 'idle',
    previous: 'idle',
    reason: undefined,
    retryInMs: undefined,
  };
  /** All that are not down: the one in use, handshakes, and old ones that wait for answers. */
  const links = new Set<Link>();
  let link: Link | undefined;
  let openedAt = 0;
  let failures = 0;
  /** Of the attempt under way; another number means that it was given up. */
  let attempt = 0;
  let wasConnected = false;
  let goodbye: Goodbye | undefined;

  const changes = listeners<void>();
  const step = (current: ConnectionState, reason?: ParleyError, retryInMs?: number) => {
    change = { current, previous: change.current, reason, retryInMs };
    uses.onState(change);
    changes.tell();
  };
  const isOver = () => ['closed', 'failed', 'idle'].includes(change.current);

  /** Ends what is there, and gives up what is under way. */
  const stop = () => {
    attempt++;
    for (const one of [retry, replacement, beats, renewals]) one.stop();
    link = undefined;
    for (const one of links) one.close();
  };
  const fail = (reason: ParleyError) => {
    stop();
    step('failed', reason);
  };
  const away = () => (wasConnected ? 'reconnecting' : 'connecting');
  const again = (reason: ParleyError, atLeastMs = reason.retryAfterMs) => {
    const retryInMs = backoff(failures++, random, atLeastMs);
    retry.start(begin, retryInMs);
    step(away(), reason, retryInMs);
  };
  const replace = (afterMs: number) => replacement.start(() => void open(), afterMs);

  const beats = heartbeat(clock, uses.heartbeat);
  const renewals = renewal({
    clock,
    random,
    tokens,
    link: () => link,
    replace: () => replace(0),
    renewed: () => {
      if (goodbye?.code === 'expired') goodbye = undefined;
    },
    fail,
  });

  /** Why handshakes fail: the token, or the way. Throws what ends it all. */
  const reasonOf = async (token: string): Promise<ParleyError> => {
    try {
      await uses.request('GET', '/v1/me');
      return unreachable('unable to reach the server');
    } catch (error) {
      const reason = error as ParleyError;
      if (reason.code === 'unauthorized' || reason.code === 'token-expired') tokens.refuse(token);
      else if (!reason.retryable) throw reason;
      return reason;
    }
  };
  const failed = async (mine: number, token: string) => {
    let reason = lost();
    try {
      if (failures + 1 >= failuresBeforeAsking) reason = await reasonOf(token);
      if (mine === attempt) again(reason);
    } catch (error) {
      if (mine === attempt) fail(error as ParleyError);
    }
  };

  const opened = (next: Link, token: string) => {
    const before = link;
    link = next;
    openedAt = clock.now();
    wasConnected = true;
    goodbye = undefined;
    replacement.stop();
    before?.retire();
    if (change.current !== 'connected') step('connected');
    // Whoever heard of it may have closed it.
    if (next !== link) return;
    renewals.start(token);
    beats.start(next);
    uses.onOpen();
  };
  const dropped = () => {
    const said = goodbye;
    goodbye = undefined;
    stop();
    if (said && !said.reconnect) return fail(farewell(said));
    if (clock.now() - openedAt >= goodMs) failures = 0;
    again(said ? farewell(said) : lost(), said?.afterMs);
  };

  /** Opens a socket; where there is one already, it stays until the new one is open. */
  const open = async () => {
    const mine = ++attempt;
    let token: string;
    try {
      token = await tokens.get();
    } catch (error) {
      const reason = error as ParleyError;
      if (mine !== attempt) return;
      if (!reason.retryable) return fail(reason);
      if (link) return replace(backoff(failures++, random));
      return again(reason);
    }
    if (mine !== attempt) return;
    let isOpen = false;
    const next = openLink(uses, token, {
      open: () => {
        isOpen = true;
        if (mine === attempt) opened(next, token);
        else next.close();
      },
      frame: (frame) => heard(next, frame),
      down: () => {
        links.delete(next);
        if (next === link) return dropped();
        if (isOpen || mine !== attempt) return;
        if (link) replace(backoff(failures++, random));
        else void failed(mine, token);
      },
    });
    links.add(next);
  };
  const begin = () => {
    retry.stop();
    step(away(), change.reason, 0);
    if (!isOver()) void open();
  };

  const heard = (from: Link, frame: Frame) => {
    const { type, code, reconnect, afterMs } = frame as Frame & { reconnect?: boolean; afterMs?: number };
    if (type === 'goodbye' && from === link) {
      goodbye = frame as unknown as Goodbye;
      if (code === 'expired') renewals.expired();
      else if (reconnect && code !== 'silent') replace(afterMs ?? 0);
    }
    if (type === 'error' && code === 'token-expired') renewals.expired();
    uses.onFrame(frame);
  };

  const stopListening = uses.surroundings.listen((signal) => {
    if (isOver()) return;
    if (signal === 'hide') {
      stop();
      step('reconnecting');
    } else if (link) beats.probe(link);
    // An attempt under way may hang on a line that is gone.
    else begin();
  });

  return {
    changes: { get: () => change, onChange: changes.add },
    touch: changes.tell,
    state: () => change.current,
    ask: (async (action, fields) => {
      if (!link) throw change.current === 'closed' ? closed() : lost();
      return link.ask(action, fields);
    }) as Ask,
    fail,
    connect: () => {
      if (!link && change.current !== 'closed') begin();
    },
    close: () => {
      stopListening();
      tokens.end();
      stop();
      step('closed');
    },
  };
};
