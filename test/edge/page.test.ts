import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { parse } from 'yaml';
import { type Page, servePage } from '../../scripts/parts/page.ts';
import { freePort } from '../../scripts/parts/ports.ts';
import { textOf } from '../drift/sources.ts';

const policy = (connect: string) => [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  `connect-src ${connect}`,
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
  "require-trusted-types-for 'script'",
  "trusted-types 'none'",
];

describe('what a browser is told of the page', () => {
  const directory = mkdtempSync(join(tmpdir(), 'parley-page-'));
  writeFileSync(join(directory, 'index.html'), '<!doctype html>');
  let page: Page;
  beforeAll(async () => {
    const configuration = { httpUrl: 'http://api.example:3000', wsUrl: 'ws://api.example:3001/dev' };
    page = await servePage({ directory, port: await freePort(), configuration });
  });
  afterAll(async () => {
    await page.stop();
    rmSync(directory, { recursive: true, force: true });
  });

  test.each(['/', '/config.json', '/nowhere'])('by the server of `npm start`, with %s', async (path) => {
    const { headers } = await fetch(page.url + path);
    const connect = "'self' http://api.example:3000 ws://api.example:3001";
    expect(headers.get('content-security-policy')).toBe(policy(connect).join('; '));
    expect(Object.fromEntries(headers)).toMatchObject({
      'cross-origin-opener-policy': 'same-origin',
      'cross-origin-resource-policy': 'same-origin',
      'permissions-policy': 'camera=(), geolocation=(), microphone=(), payment=()',
      'referrer-policy': 'no-referrer',
      'x-content-type-options': 'nosniff',
      'x-frame-options': 'DENY',
    });
  });

  test('by CloudFront: the same, for the two APIs of the stage, and TLS for two years', () => {
    const { Resources } = parse(textOf('cloud/page.yml'));
    const { SecurityHeadersConfig: told } = Resources.PageHeaders.Properties.ResponseHeadersPolicyConfig;
    const [separator, directives] = told.ContentSecurityPolicy.ContentSecurityPolicy['Fn::Join'];
    const own = `execute-api.\${AWS::Region}.\${AWS::URLSuffix}`;
    const connect = `'self' wss://\${WebsocketsApi}.${own} https://*.${own}`;
    expect(
      directives.map((one: string | { 'Fn::Sub': string }) =>
        typeof one === 'string' ? one : one['Fn::Sub'],
      ),
    ).toEqual(policy(connect));
    expect(separator).toBe('; ');
    expect(told).toMatchObject({
      ContentTypeOptions: { Override: true },
      FrameOptions: { FrameOption: 'DENY', Override: true },
      StrictTransportSecurity: {
        AccessControlMaxAgeSec: 63_072_000,
        IncludeSubdomains: true,
        Override: true,
      },
    });
    const { ResponseHeadersPolicyId } = Resources.Page.Properties.DistributionConfig.DefaultCacheBehavior;
    expect(ResponseHeadersPolicyId).toEqual({ Ref: 'PageHeaders' });
  });
});
