import { auth } from 'cassandra-driver';

/** What a server is told that wants to know who comes. */
export type SignIn = {
  first: () => Promise<Buffer>;
  /** Its answer to the first token, where that is a question. */
  answer: (challenge: Buffer) => Promise<Buffer>;
};

/** The driver's types have a callback that is always given an error or a token, and the driver wants one of the two. */
type Done = (error: Error | null, token?: Buffer) => void;

/** A failure must be handed over: a driver that hears nothing waits for ever. */
const hand = (token: Promise<Buffer>, done: Done) =>
  void token.then(
    (known) => done(null, known),
    (error: Error) => done(error),
  );

/** A class of the driver, by which it knows a provider, and of which its types know the shape only. */
const { AuthProvider } = auth as unknown as { AuthProvider: new () => auth.AuthProvider };

class Provider extends AuthProvider {
  readonly #signIn: SignIn;
  constructor(signIn: SignIn) {
    super();
    this.#signIn = signIn;
  }

  override newAuthenticator(): auth.Authenticator {
    const { first, answer } = this.#signIn;
    return {
      initialResponse: (done: Done) => hand(first(), done),
      evaluateChallenge: (challenge: Buffer, done: Done) => hand(answer(challenge), done),
      onAuthenticationSuccess: () => {},
    };
  }
}

/** As the driver wants it. */
export const providerOf = (signIn: SignIn): auth.AuthProvider => new Provider(signIn);
