/** Whether the IAM policy that an authorizer returned lets `arn` be invoked. A Deny wins; without an Allow, nobody. */
type Statement = { Effect?: string; Action?: string | string[]; Resource?: string | string[] };

const fits = (patterns: string | string[] = [], value: string): boolean =>
  [patterns].flat().some((pattern) => {
    const literal = pattern.replace(/[.+^${}()|[\]\\]/g, '\\$&');
    return new RegExp(`^${literal.replaceAll('*', '.*').replaceAll('?', '.')}$`, 'i').test(value);
  });

export const allows = (statements: Statement | Statement[], arn: string): boolean => {
  const about = [statements]
    .flat()
    .filter(({ Action, Resource }) => fits(Action, 'execute-api:Invoke') && fits(Resource, arn));
  return about.some(({ Effect }) => Effect === 'Allow') && !about.some(({ Effect }) => Effect === 'Deny');
};
