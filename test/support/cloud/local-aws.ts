import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { freePort, untilListening } from '../../../scripts/parts/ports.ts';
import { run } from '../../../scripts/parts/processes.ts';
import { region } from './checkout.ts';
import { python } from './python.ts';

/** moto as a local AWS: local_aws.py says what of it is changed. */
export type LocalAws = {
  /** What makes the Framework, and anything that reads AWS's own settings, ask here. */
  environment: Record<string, string>;
  /** What a service of it answers to a request of its JSON or REST interface. */
  ask(service: string, path: string, init?: RequestInit): Promise<Response>;
  log(): string;
  stop(): Promise<void>;
};

export const startLocalAws = async (directory: string): Promise<LocalAws> => {
  const port = await freePort();
  const running = await run({
    name: 'aws',
    directory,
    command: python ?? '',
    args: [join(import.meta.dirname, 'local_aws.py'), String(port)],
  });
  await untilListening(port, running.ended, 'moto', 60_000);
  const url = `http://127.0.0.1:${port}`;
  const keys = { AWS_ACCESS_KEY_ID: 'local', AWS_SECRET_ACCESS_KEY: 'local' };
  return {
    environment: { AWS_ENDPOINT_URL: url, ...keys },
    ask: (service, path, init = {}) =>
      fetch(`${url}${path}`, {
        ...init,
        // moto reads from the signature whom a request is for, and believes it.
        headers: {
          ...init.headers,
          authorization: `AWS4-HMAC-SHA256 Credential=local/20261121/${region}/${service}/aws4_request, SignedHeaders=host, Signature=none`,
        },
      }),
    log: () => readFileSync(join(directory, 'aws.log'), 'utf8'),
    stop: running.stop,
  };
};
