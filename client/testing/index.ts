export type { Frame } from './backend/asked.ts';
export type { FakeClock } from './clock.ts';
export { fakeClock } from './clock.ts';
export type { DeviceOptions, TestDevice } from './device.ts';
export type { Arrived, Fate, Interference } from './interference.ts';
export type { Faults, Line } from './line/line.ts';
export type { TestServer, TestServerOptions } from './server.ts';
export { createTestServer } from './server.ts';
export type { TestUser } from './user.ts';
