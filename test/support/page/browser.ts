import { existsSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import bundled from '@sparticuz/chromium';
import { type Browser, chromium } from 'playwright-core';

/** The system's Chromium where there is one, else the one that npm brings. */
const installed = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find(
  existsSync,
);

/** The bundled one unpacks a font beside itself, for machines without any; what the machine has adds to it. */
const fontsOfBoth = () => {
  const file = join(mkdtempSync(join(tmpdir(), 'parley-fonts-')), 'fonts.conf');
  const directories = [join(tmpdir(), 'fonts'), '/usr/share/fonts', '/usr/local/share/fonts'];
  writeFileSync(
    file,
    `<?xml version="1.0"?><!DOCTYPE fontconfig SYSTEM "fonts.dtd"><fontconfig>
      ${directories.map((directory) => `<dir>${directory}</dir>`).join('')}
      <cachedir prefix="xdg">fontconfig</cachedir>
      <alias><family>sans-serif</family><prefer><family>Open Sans</family></prefer></alias>
      <alias><family>system-ui</family><prefer><family>Open Sans</family></prefer></alias>
    </fontconfig>`,
  );
  return { FONTCONFIG_FILE: file };
};

export const openBrowser = async (): Promise<Browser> => {
  bundled.setGraphicsMode = false;
  const executablePath = installed ?? (await bundled.executablePath());
  return chromium.launch({
    executablePath,
    // No sandbox: those who run tests in containers are root there. Nothing else is relaxed.
    args: ['--no-sandbox', '--no-zygote', '--disable-gpu', '--headless=shell', '--font-render-hinting=none'],
    ...(!installed && { env: { ...process.env, ...fontsOfBoth() } as Record<string, string> }),
  });
};
