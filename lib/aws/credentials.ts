import type { Credentials } from './sigv4.ts';

/**
 * The credentials of a Lambda: from its environment, or, where the platform rotates them, from the endpoint that it
 * names (https://docs.aws.amazon.com/sdkref/latest/guide/feature-container-credentials.html).
 */
export type CredentialSource =
  | { kind: 'environment'; read: () => Credentials }
  | { kind: 'endpoint'; url: string; authorization: () => string | undefined };

/** Fetched again this long before they end. */
const earlyMs = 300_000;

type Answer = { AccessKeyId: string; SecretAccessKey: string; Token?: string; Expiration?: string };

export const createCredentials = (
  source: CredentialSource,
  now: () => number,
): (() => Promise<Credentials>) => {
  if (source.kind === 'environment') return async () => source.read();
  const fetchThem = async () => {
    const authorization = source.authorization();
    const response = await fetch(source.url, authorization ? { headers: { authorization } } : {});
    if (!response.ok) throw new Error(`credentials endpoint answered ${response.status}`);
    const { AccessKeyId, SecretAccessKey, Token, Expiration } = (await response.json()) as Answer;
    return {
      accessKeyId: AccessKeyId,
      secretAccessKey: SecretAccessKey,
      ...(Token && { sessionToken: Token }),
      until: Expiration ? Date.parse(Expiration) - earlyMs : Number.POSITIVE_INFINITY,
    };
  };

  let fetched: ReturnType<typeof fetchThem> | undefined;
  return async () => {
    // A failure is forgotten: the next post asks again.
    const before = await fetched?.catch(() => undefined);
    if (!before || before.until <= now()) fetched = fetchThem();
    return fetched as ReturnType<typeof fetchThem>;
  };
};
