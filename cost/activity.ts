import type { Operation } from './counts.ts';
import type { Usage } from './options.ts';

export const hoursPerMonth = 730;
const daysPerMonth = hoursPerMonth / 24;

/** What happens in a month: how often each operation is done, and what passes the gateway. */
export type Activity = {
  times: Record<Exclude<Operation, 'duplicate' | 'limited'>, number>;
  messages: number;
  /** Frames to clients that are no answers. */
  posts: number;
  connectedHours: number;
  httpRequests: number;
  /** Users whom the sweep looks at, each after three beats. */
  looks: number;
  /** Whether the sweep runs all the time. */
  brisk: boolean;
};

/** Sockets end after two hours, and the server asks for another after one and a half to one and three quarters. */
const hoursPerSocket = 1.625;
/** Under so many seconds between frames the sweep stays awake, and looks each five seconds. */
const briskSeconds = 20;
const roundsOfBriskSweep = 11;
/** In larger conversations receipts are read on demand. */
const receiptMembers = 32;

export const activityOf = (usage: Usage): Activity => {
  const { users, members, devices, hours, heartbeat, watched } = usage;
  const online = usage.online / 100;
  const messages = users * usage['messages-per-day'] * daysPerMonth;
  const received = messages * (members - 1) * online;
  const sockets =
    users * devices * Math.max(usage.sessions, hours / hoursPerSocket) * (hours > 0 ? 1 : 0) * daysPerMonth;
  const connectedHours = users * devices * hours * daysPerMonth;
  const beats = (connectedHours * 3_600) / heartbeat;
  const brisk = beats > 0 && heartbeat < briskSeconds;
  const marks = received * usage.receipts;
  const typing = messages * usage.typing;

  /** The others who are there, and the further devices of the one who acts. */
  const told = (members - 1) * online * devices + (devices - 1);
  const comesAndGoes = watched > 0 ? 2 * sockets * watched * online : 0;
  const sweeps = hoursPerMonth * 60;
  return {
    times: {
      authorize: sockets,
      connect: sockets,
      disconnect: sockets,
      send: messages,
      ping: beats,
      typing,
      mark: marks,
      watch: watched > 0 ? sockets : 0,
      syncCompare: sockets,
      syncInbox: 0,
      newestPage: users * usage.pages * daysPerMonth,
      sweepNotes: sweeps,
      sweepConnections: brisk ? sweeps * roundsOfBriskSweep : sweeps,
    },
    messages,
    posts:
      messages * told +
      marks * (members <= receiptMembers ? told : 0) +
      typing * (members - 1) * online * devices +
      comesAndGoes,
    connectedHours,
    httpRequests: users * usage.pages * daysPerMonth,
    looks: beats / 3,
    brisk,
  };
};
