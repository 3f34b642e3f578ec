import { type Client, type EmptyCallback, type Host, type HostMap, policies, types } from 'cassandra-driver';

/** The driver's types want an error where there is none. */
const noError = null as unknown as Error;

/**
 * One address of Keyspaces: its nine are doors of one service, and the driver would open a socket to each, with a
 * handshake, and prepare every statement once more at each. Where it fails another is taken.
 */
export class OneHost extends policies.loadBalancing.LoadBalancingPolicy {
  #hosts: HostMap | undefined;
  #taken: Host | undefined;

  #host(): Host | undefined {
    if (!this.#taken?.isUp()) this.#taken = this.#hosts?.values().find((host) => host.isUp());
    return this.#taken;
  }

  override init(_client: Client, hosts: HostMap, callback: EmptyCallback): void {
    this.#hosts = hosts;
    callback(noError);
  }

  override getDistance(host: Host): types.distance {
    return host === this.#host() ? types.distance.local : types.distance.ignored;
  }

  override newQueryPlan(
    _keyspace: string,
    _options: unknown,
    callback: (error: Error, plan: Iterator<Host>) => void,
  ): void {
    const host = this.#host();
    callback(noError, (host ? [host] : []).values());
  }
}
