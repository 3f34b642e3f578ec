import type { Fields } from '../checks.ts';
import type { Claims, World } from '../world.ts';

type Asked<Body, Query> = { claims: Claims; path: string[]; body: Body; query: Query };
type Answer = { status: number; body: object };

/** What a route takes and does. Parameters of the path come in its order. */
export type Route<Body = unknown, Query = unknown> = {
  /** Needs no token. */
  open?: true;
  /** What the body takes; by its `kind`, where that decides. */
  body?: Fields;
  bodyByKind?: Record<string, Fields>;
  query?: Fields;
  /** Parameters that are whole numbers. */
  numbers?: string[];
  act(world: World, asked: Asked<Body, Query>): Answer;
};

export const ok = (body: object): Answer => ({ status: 200, body });
export const made = (body: object): Answer => ({ status: 201, body });

/** The body and the query are as their fields say once they were checked. */
export const route = <Body = undefined, Query = object>(taken: Route<Body, Query>): Route => taken as Route;
