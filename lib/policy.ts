import type { Window } from './rates/port.ts';

/** What a deployment decides about its users. */
export type Policy = {
  sendWindow(role: string): Window;
};
