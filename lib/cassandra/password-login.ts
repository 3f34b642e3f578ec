import type { SignIn } from './sign-in.ts';

export type PasswordLogin = {
  user: string;
  /** Asked once for each client, however many sockets it opens: who is not let in leaves the client. */
  password: () => Promise<string>;
};

/** Source: RFC 4616, "The PLAIN SASL Mechanism", which is what Cassandra's PasswordAuthenticator reads. */
export const passwordLogin = ({ user, password }: PasswordLogin): SignIn => {
  let asked: Promise<string> | undefined;
  return {
    first: async () => {
      asked ??= password();
      return Buffer.from(`\0${user}\0${await asked}`);
    },
    answer: async () => {
      throw new Error('a password is no answer to a challenge');
    },
  };
};
