import type { ApiGatewayManagementApiClient } from '@aws-sdk/client-apigatewaymanagementapi';
import type { Gateway } from './port.ts';
import { postMs } from './port.ts';
import { closedBy, type GatewayOptions, postedBy } from './poster.ts';

/**
 * The same through the AWS SDK, which the Lambda runtime brings along: it is loaded from there at the first post, so
 * that no bundle holds it.
 */
export const sdkGateway = ({ endpoint, region, credentials }: GatewayOptions): Gateway => {
  const load = async () => {
    const sdk = await import('@aws-sdk/client-apigatewaymanagementapi');
    const client: ApiGatewayManagementApiClient = new sdk.ApiGatewayManagementApiClient({
      endpoint,
      region,
      credentials,
      maxAttempts: 1,
      requestHandler: { connectionTimeout: postMs, requestTimeout: postMs, httpsAgent: { maxSockets: 200 } },
    });
    return { sdk, client };
  };
  let loading: ReturnType<typeof load> | undefined;
  const loaded = () => {
    loading ??= load().catch((error: unknown) => {
      loading = undefined;
      throw error;
    });
    return loading;
  };

  /** The status, from the answer or from the error that the SDK makes of it. */
  const statusOf = async (asking: Promise<{ $metadata: { httpStatusCode?: number | undefined } }>) => {
    try {
      return (await asking).$metadata.httpStatusCode;
    } catch (error) {
      const { $metadata } = error as { $metadata?: { httpStatusCode?: number } };
      return $metadata?.httpStatusCode;
    }
  };

  return {
    post: async (connection, frame) => {
      const asking = loaded().then(({ sdk, client }) =>
        client.send(new sdk.PostToConnectionCommand({ ConnectionId: connection, Data: frame }), {
          abortSignal: AbortSignal.timeout(postMs),
        }),
      );
      return postedBy(await statusOf(asking));
    },
    close: async (connection) => {
      const asking = loaded().then(({ sdk, client }) =>
        client.send(new sdk.DeleteConnectionCommand({ ConnectionId: connection }), {
          abortSignal: AbortSignal.timeout(postMs),
        }),
      );
      return closedBy(await statusOf(asking));
    },
  };
};
