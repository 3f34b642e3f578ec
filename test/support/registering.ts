import type { Connections, Registered, Registration } from '../../lib/connections/port.ts';
import type { Window } from '../../lib/rates/port.ts';

/** Registers as who was looked at just now. */
export const registerIn = async (
  port: Connections,
  registration: Registration,
  handshakes?: Window,
): Promise<Registered> => port.register(registration, await port.epoch(registration.user), handshakes);
