import { execFile } from 'node:child_process';
import { describe } from '@jest/globals';

/** The interpreter that has the tools, where there is one. */
export const python = process.env.TEST_PYTHON || undefined;
export const describeWithPython = python === undefined ? describe.skip : describe;

/** What a tool printed, whatever its exit code says of it. */
export const runTool = (args: string[]): Promise<string> =>
  new Promise((resolve, reject) => {
    execFile(python ?? '', args, { maxBuffer: 64 * 1_024 * 1_024 }, (error, stdout, stderr) => {
      if (stdout === '' && error) reject(new Error(stderr));
      else resolve(stdout);
    });
  });
