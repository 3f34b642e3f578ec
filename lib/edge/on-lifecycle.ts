import { errors } from '../../schema/errors.ts';
import type { ConnectedCaller } from '../caller.ts';
import { count } from '../metrics/measure.ts';
import { callerOf, type SocketEvent } from './caller.ts';
import { header, subprotocol, subprotocolsIn } from './headers.ts';
import { lambda, report } from './lambda.ts';
import type { Answer } from './on-frame.ts';

/** The handshake waits for the answer, and a status that is not 2xx refuses it. */
export const onConnect = (act: (caller: ConnectedCaller, origin: string | undefined) => Promise<void>) =>
  lambda<SocketEvent, Answer>(async (event) => {
    count('handshakes');
    const offered = subprotocolsIn(header(event.headers, 'sec-websocket-protocol'));
    try {
      await act(callerOf(event), header(event.headers, 'origin'));
    } catch (thrown) {
      const error = report('connect.refused', thrown);
      // With Redis away a connection may come in unregistered: its first send registers it.
      if (error.code !== 'unavailable') return { statusCode: errors[error.code].status };
    }
    return {
      statusCode: 200,
      ...(offered.includes(subprotocol) && { headers: { 'Sec-WebSocket-Protocol': subprotocol } }),
    };
  });

export const onDisconnect = (act: (caller: ConnectedCaller) => Promise<void>) =>
  lambda<SocketEvent, Answer>(async (event) => {
    try {
      await act(callerOf(event));
    } catch (thrown) {
      // A hint: the next 410 or the time to live does the same.
      report('disconnect.missed', thrown);
    }
    return { statusCode: 200 };
  });
