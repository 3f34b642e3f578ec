import { actions } from '../../schema/actions.ts';
import schemas from '../../schema/frames.gen.json' with { type: 'json' };
import type { Help } from '../../schema/frames.ts';
import type { HelpFrame } from '../../schema/pushes.ts';
import { AppError } from '../errors.ts';
import type { Outcome } from '../outcome.ts';

const lines = Object.entries(actions).map(([action, { summary, example }]) => ({ action, summary, example }));
const byAction = new Map<string, Record<string, unknown>>(Object.entries(schemas));

/** Every action in a line to paste, or one of them with the JSON Schema of its frame. */
export const help = async (
  _app: object,
  _caller: unknown,
  { id, topic }: Help,
): Promise<Outcome<HelpFrame>> => {
  const common = { type: 'help' as const, ...(id !== undefined && { id }) };
  if (topic === undefined) return { reply: { ...common, actions: lines } };
  const line = lines.find(({ action }) => action === topic);
  const schema = byAction.get(topic);
  if (!line || !schema) {
    throw new AppError('bad-request', 'unable to explain; no such action', { pointer: '/topic' });
  }
  return { reply: { ...common, ...line, schema } };
};
