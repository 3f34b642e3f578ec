/** What the page is told by the server that serves it, in `/config.json`. */
export type Configuration = {
  /** Without `/v1`. */
  httpUrl: string;
  wsUrl: string;
  /** Seconds between signs of life. */
  heartbeat?: number;
  /** Users whose passwords are no secret, where there are any: they are offered with one click. */
  demo?: { name: string; password: string }[];
};

export const readConfiguration = async (): Promise<Configuration> => {
  const response = await fetch('/config.json');
  if (!response.ok)
    throw new Error(`unable to read the configuration; the server answered ${response.status}`);
  return (await response.json()) as Configuration;
};
