import { jsonAction } from './json.ts';
import type { Credentials } from './sigv4.ts';

export type SecretOptions = {
  /** Name or ARN. */
  id: string;
  region: string;
  /** Another address than the service's own. */
  endpoint?: string;
  credentials: () => Promise<Credentials>;
};

/** A reader waits for it before it can say who somebody is. */
const withinMs = 2_000;

/** One secret of Secrets Manager: one signed request, for its client would be many times the rest of a bundle. */
export const secretsManager = ({ id, region, endpoint, credentials }: SecretOptions) => {
  const action = (name: string) =>
    jsonAction({
      region,
      service: 'secretsmanager',
      endpoint: endpoint ?? `https://secretsmanager.${region}.amazonaws.com`,
      target: `secretsmanager.${name}`,
      version: '1.1',
      credentials,
    });
  return {
    read: async (): Promise<string> => {
      const secret = (await action('GetSecretValue')({ SecretId: id }, withinMs)) as {
        SecretString?: unknown;
      };
      if (typeof secret?.SecretString !== 'string') throw new Error('the secret holds no text');
      return secret.SecretString;
    },
    write: async (text: string): Promise<void> => {
      await action('PutSecretValue')(
        { SecretId: id, SecretString: text, ClientRequestToken: crypto.randomUUID() },
        withinMs,
      );
    },
  };
};
