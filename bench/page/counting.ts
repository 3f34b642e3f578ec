/** How often a port was asked, by the name of what it was asked for. */
export const counting = <Port extends object>(port: Port, counted: () => void): Port => {
  const methods = Object.entries(port).map(([name, ask]) => [
    name,
    (...args: unknown[]) => {
      counted();
      return ask(...args);
    },
  ]);
  return Object.fromEntries(methods);
};
