import { conversationRoutes } from './conversation-routes.ts';
import type { Route } from './route.ts';
import { userRoutes } from './user-routes.ts';

/** Every HTTP route: what it takes, what it answers, and why it may refuse. The OpenAPI document is made of it. */
export const routes: Record<string, Route> = { ...userRoutes, ...conversationRoutes };
