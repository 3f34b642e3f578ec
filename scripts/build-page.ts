import { build } from 'vite';
import bundling from '../web/vite.config.ts';

/** The chat page as files for any static host. What its servers are, `/config.json` beside them says. */
export const buildPage = async (directory: string): Promise<void> => {
  await build({ ...bundling, configFile: false, build: { ...bundling.build, outDir: directory } });
};
