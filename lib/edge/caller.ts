import type { Admitted, Caller, ConnectedCaller } from '../caller.ts';

/** The authorizer's context comes with every event of its connection, as strings. */
export type AuthorizerContext = Record<keyof Caller, string> & {
  epoch?: string;
  conversation?: string;
};

export type SocketEvent = {
  body?: unknown;
  headers?: Record<string, string | undefined>;
  requestContext: { connectionId: string; connectedAt?: number; authorizer?: Partial<AuthorizerContext> };
};

export const contextOf = ({ user, device, role, expiresAt, epoch }: Admitted): AuthorizerContext => ({
  user,
  device,
  role,
  expiresAt: String(expiresAt),
  ...(epoch !== undefined && { epoch }),
});

export const callerOf = ({
  requestContext: { connectionId, connectedAt, authorizer },
}: SocketEvent): ConnectedCaller =>
  ({
    user: authorizer?.user,
    device: authorizer?.device,
    role: authorizer?.role,
    expiresAt: Number(authorizer?.expiresAt),
    connection: connectionId,
    ...(connectedAt !== undefined && { connectedAt }),
    ...(authorizer?.epoch && { epoch: authorizer.epoch }),
    ...(authorizer?.conversation && { conversation: authorizer.conversation }),
  }) as ConnectedCaller;
