/** Header names come in any case: `wscat` and browsers differ, and so do gateways. */
export const header = (
  headers: Record<string, string | undefined> | undefined,
  name: string,
): string | undefined => Object.entries(headers ?? {}).find(([given]) => given.toLowerCase() === name)?.[1];

export const bearerIn = (authorization: string | undefined): string | undefined =>
  authorization?.match(/^Bearer +([^\s]+)$/i)?.[1];

/** Subprotocols as offered: `chat.v1, bearer.<jwt>`. */
export const subprotocolsIn = (offered: string | undefined): string[] =>
  offered?.split(',').map((name) => name.trim()) ?? [];

/** The version of the wire. Clients offer it first, so that a stand-in which echoes the first echoes this. */
export const subprotocol = 'chat.v1';
