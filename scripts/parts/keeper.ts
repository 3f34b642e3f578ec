import { createInterface } from 'node:readline';

/**
 * Reads process ids from its parent. When the parent is gone, however it went, the pipe closes, and those processes
 * are ended: a `kill -9` of the parent leaves no orphan.
 */
const kept = new Set<number>();
for await (const line of createInterface({ input: process.stdin })) kept.add(Number(line));

for (const pid of kept) {
  try {
    process.kill(pid, 'SIGTERM');
  } catch {
    // It had ended by itself.
  }
}
