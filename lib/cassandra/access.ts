import { type policies, types } from 'cassandra-driver';
import { consistency } from './consistency.ts';
import { OneHost } from './one-host.ts';
import { type PasswordLogin, passwordLogin } from './password-login.ts';
import { type RoleLogin, roleLogin } from './role-login.ts';
import { providerOf } from './sign-in.ts';

/** Where Cassandra is, what it is, and who asks: the same for the product and for its migrations. */
export type Access = {
  service?: 'cassandra' | 'keyspaces';
  contactPoints: string[];
  port: number;
  dataCentre: string;
  keyspace: string;
  login?: Login;
  /** Host name on the server's certificate; TLS is on when it is given. */
  tlsServerName?: string;
};

/** Keyspaces knows the role of a function by its signature. */
type Login = ({ kind: 'password' } & PasswordLogin) | ({ kind: 'role' } & RoleLogin);

const loginBy = (login: Login) => providerOf(login.kind === 'role' ? roleLogin(login) : passwordLogin(login));

/**
 * How the driver gets in. Node's own roots are trusted: they hold Amazon's and Starfield's, which sign for Keyspaces;
 * roots of your own come by NODE_EXTRA_CA_CERTS. The driver takes any certificate unless told otherwise.
 */
export const accessOptions = ({ contactPoints, port, dataCentre, login, tlsServerName }: Access) => ({
  contactPoints,
  localDataCenter: dataCentre,
  protocolOptions: {
    // Of all nodes, not of the contact points alone.
    port,
    // The driver would first try a version that only one vendor's servers know, and connect once more.
    maxVersion: types.protocolVersion.v4,
  },
  ...(login && { authProvider: loginBy(login) }),
  // Not `host`, which Node would connect to instead of each node's address.
  ...(tlsServerName && { sslOptions: { servername: tlsServerName, rejectUnauthorized: true } }),
});

/** Keyspaces knows no serial level, and refuses what names one. */
export const levelsOf = ({ service }: Access) => ({
  consistency: consistency.write,
  ...(service !== 'keyspaces' && { serialConsistency: consistency.serial }),
});

/** Documented by the driver to mean that the server stamps; its types forget it. */
const noTimestamps = null as unknown as policies.timestampGeneration.TimestampGenerator;

export const policiesOf = ({ service }: Access) => ({
  // A client's clock must not decide which write wins.
  timestampGeneration: noTimestamps,
  ...(service === 'keyspaces' && { loadBalancing: new OneHost() }),
});
