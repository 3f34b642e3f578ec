import { credentialsNow } from '../../lib/config.ts';

/** Those of the shell; throws where there are none, for a profile is not looked at. */
export const shellCredentials = (): ReturnType<typeof credentialsNow> => {
  const found = credentialsNow();
  if (found.accessKeyId === '')
    throw new Error(
      'AWS_ACCESS_KEY_ID is missing; of a profile: eval "$(aws configure export-credentials --format env)"',
    );
  return found;
};
