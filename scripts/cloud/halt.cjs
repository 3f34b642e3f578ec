/**
 * With `--param halt=true` functions have no executions, so that nobody reads or writes while stores are restored. But
 * for `deliver`, which only posts: what it could not read in time would count as failed.
 */
const pascal = (name) => `${name[0].toUpperCase()}${name.slice(1)}`;

module.exports = async ({ resolveVariable }) => {
  const [halt, functions] = await Promise.all(['param:halt', 'self:functions'].map(resolveVariable));
  if (String(halt) !== 'true') return {};
  const halted = Object.keys(functions)
    .filter((name) => name !== 'deliver')
    .map((name) => [`${pascal(name)}LambdaFunction`, { Properties: { ReservedConcurrentExecutions: 0 } }]);
  return { extensions: Object.fromEntries(halted) };
};
