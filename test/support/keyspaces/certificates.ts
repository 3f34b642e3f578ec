import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A certificate that signs itself, for a host name, and for an address where one is given. */
export const certificateFor = (host: string, address?: string): { cert: string; key: string } => {
  const directory = mkdtempSync(join(tmpdir(), 'parley-certificate-'));
  const [key, cert] = [join(directory, 'key.pem'), join(directory, 'cert.pem')];
  try {
    execFileSync(
      'openssl',
      [
        ...[
          'req',
          '-x509',
          '-nodes',
          '-days',
          '2',
          '-subj',
          '/CN=a test',
          '-addext',
          `subjectAltName=DNS:${host}${address === undefined ? '' : `,IP:${address}`}`,
        ],
        ...['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-keyout', key, '-out', cert],
      ],
      { stdio: 'ignore' },
    );
    return { cert: readFileSync(cert, 'utf8'), key: readFileSync(key, 'utf8') };
  } finally {
    rmSync(directory, { recursive: true });
  }
};
