import type { Context } from 'aws-lambda';
import type { Person } from '../support/app.ts';

/** Events as API Gateway makes them, as far as the edge looks at them. */
export const context = { awsRequestId: 'a-request' } as Context;

export const frameEvent = (person: Person, body: unknown) => ({
  body,
  requestContext: {
    connectionId: person.connection,
    authorizer: {
      user: person.user,
      device: person.device,
      role: person.role,
      expiresAt: String(person.expiresAt),
      ...(person.epoch !== undefined && { epoch: person.epoch }),
    },
  },
});

export const httpEvent = (routeKey: string, more: object = {}) => ({ routeKey, headers: {}, ...more });
