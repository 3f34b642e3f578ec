type Stopping = { stop(): Promise<void> };

/** What runs beside this process, so that every way out ends it. */
const running = new Set<Stopping>();

export const whileRunning = async <S extends Stopping, T>(
  starting: Promise<S>,
  work: (started: S) => Promise<T>,
): Promise<T> => {
  const started = await starting;
  running.add(started);
  try {
    return await work(started);
  } finally {
    await started.stop();
    running.delete(started);
  }
};

export const endAll = async (): Promise<void> => {
  await Promise.all([...running].map((one) => one.stop()));
};
