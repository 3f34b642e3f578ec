import { spawn } from 'node:child_process';
import { cpSync, mkdirSync, symlinkSync } from 'node:fs';
import { join, resolve } from 'node:path';

/** The service in a directory of its own, as somebody has it who deploys: two of them do not meet in `.serverless`. */
export type Checkout = {
  directory: string;
  /** What the Framework printed; throws it where it failed. Nothing of this shell's settings reaches it. */
  serverless(args: string[], environment?: Record<string, string>): Promise<string>;
};

const root = resolve(import.meta.dirname, '../../..');
const linked = ['node_modules', 'scripts'];
const copied = ['cloud', 'package.json', 'serverless.yml'];
export const region = 'eu-central-1';

export const checkoutIn = (directory: string, bundles: string): Checkout => {
  mkdirSync(directory, { recursive: true });
  for (const name of linked) symlinkSync(join(root, name), join(directory, name));
  for (const name of copied) cpSync(join(root, name), join(directory, name), { recursive: true });
  cpSync(bundles, join(directory, 'dist'), { recursive: true });
  const environment = {
    PATH: process.env.PATH ?? '',
    HOME: directory,
    AWS_REGION: region,
    SLS_TELEMETRY_DISABLED: '1',
    SLS_NOTIFICATIONS_MODE: 'off',
  };
  return {
    directory,
    serverless: (args, more = {}) =>
      new Promise((done, failed) => {
        const program = join(root, 'node_modules/serverless/bin/serverless.js');
        const child = spawn(process.execPath, [program, ...args], {
          cwd: directory,
          env: { ...environment, ...more },
        });
        let said = '';
        for (const stream of [child.stdout, child.stderr]) stream.on('data', (text) => (said += text));
        child.once('error', failed);
        child.once('exit', (code) =>
          code === 0 ? done(said) : failed(new Error(`serverless ${args.join(' ')} failed:\n${said}`)),
        );
      }),
  };
};
