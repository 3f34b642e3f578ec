import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';

/** The bundles that this run has built. */
const dist = join(process.env.TEST_DIRECTORY ?? '', 'dist');
const bundles = readdirSync(dist).filter((file) => file.endsWith('.cjs'));
const kibibytes = (file: string) => statSync(join(dist, file)).size / 1_024;

describe('the bundles', () => {
  test.each(bundles)('%s loads by itself and has a handler', (file) => {
    const check = `process.stdout.write(typeof require(${JSON.stringify(join(dist, file))}).handler)`;
    expect(execFileSync(process.execPath, ['-e', check], { encoding: 'utf8', cwd: '/' })).toBe('function');
  });

  test.each(['connect', 'deliver', 'disconnect', 'ping', 'typing', 'help'])(
    '%s does not hold the Cassandra driver',
    (name) => {
      const text = readFileSync(join(dist, `${name}.cjs`), 'utf8');
      expect(text).not.toContain('NoHostAvailableError');
      expect(readFileSync(join(dist, 'send-message.cjs'), 'utf8')).toContain('NoHostAvailableError');
    },
  );

  test.each([
    ['connect', 210],
    ['ping', 235],
    ['help', 64],
    ['default', 620],
    ['send-message', 600],
    ['conversations', 680],
  ])('%s is at most %i KB', (name, atMost) => {
    expect(kibibytes(`${name}.cjs`)).toBeLessThanOrEqual(atMost);
  });

  test('none holds the AWS SDK, which the runtime brings', () => {
    for (const file of bundles) {
      expect(readFileSync(join(dist, file), 'utf8')).not.toContain('class ApiGatewayManagementApiClient');
    }
  });
});
