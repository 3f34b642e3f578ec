import type { APIGatewayAuthorizerResult } from 'aws-lambda';
import { errors } from '../../schema/errors.ts';
import { ConversationId } from '../../schema/ids.ts';
import type { Shown } from '../actions/users/authorize.ts';
import type { Admitted } from '../caller.ts';
import { contextOf } from './caller.ts';
import { bearerIn, header, subprotocolsIn } from './headers.ts';
import { lambda, report } from './lambda.ts';
import { readBy } from './read.ts';

type AuthorizerEvent = {
  methodArn: string;
  headers?: Record<string, string | undefined>;
  queryStringParameters?: Record<string, string | undefined>;
};

const bearerPrefix = 'bearer.';

/** A browser can send no header of its own: it offers the token as a subprotocol, or a ticket in the URL. */
const shownIn = ({ headers, queryStringParameters }: AuthorizerEvent): Shown => {
  const offered = subprotocolsIn(header(headers, 'sec-websocket-protocol'));
  const inProtocol = offered.find((name) => name.startsWith(bearerPrefix))?.slice(bearerPrefix.length);
  const token = inProtocol ?? bearerIn(header(headers, 'authorization'));
  const ticket = queryStringParameters?.ticket;
  return { ...(token !== undefined && { token }), ...(ticket !== undefined && { ticket }) };
};

/** The older form of frames names its conversation here, once. Whether the caller is a member is asked per frame. */
const conversationIn = ({ queryStringParameters }: AuthorizerEvent): ConversationId | undefined => {
  const named = queryStringParameters?.conversation;
  return named === undefined ? undefined : readBy(ConversationId, named, 'query');
};

const policy = (
  effect: 'Allow' | 'Deny',
  principalId: string,
  methodArn: string,
): APIGatewayAuthorizerResult => ({
  principalId,
  policyDocument: {
    Version: '2012-10-17',
    Statement: [{ Action: 'execute-api:Invoke', Effect: effect, Resource: methodArn }],
  },
});

/**
 * A Deny refuses with 403 on AWS and on its stand-ins alike. An exception is a 500, and only for what may succeed
 * when tried again.
 */
export const onAuthorize = (act: (shown: Shown) => Promise<Admitted>) =>
  lambda<AuthorizerEvent, APIGatewayAuthorizerResult>(async (event) => {
    try {
      const conversation = conversationIn(event);
      const caller = await act(shownIn(event));
      const context = { ...contextOf(caller), ...(conversation && { conversation }) };
      return { ...policy('Allow', caller.user, event.methodArn), context };
    } catch (thrown) {
      const error = report('authorize.refused', thrown);
      if (errors[error.code].retryable) throw new Error(error.code);
      return policy('Deny', 'nobody', event.methodArn);
    }
  });
