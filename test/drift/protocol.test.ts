import { describe, expect, test } from '@jest/globals';
import type * as z from 'zod/mini';
import { readConfig } from '../../lib/config.ts';
import { actions } from '../../schema/actions.ts';
import { type ErrorCode, errors } from '../../schema/errors.ts';
import { events } from '../../schema/events.ts';
import { Problem } from '../../schema/http/conversations.ts';
import { routes } from '../../schema/http/routes.ts';
import { limits } from '../../schema/limits.ts';
import { serverFrames } from '../../schema/pushes.ts';
import { textOf } from './sources.ts';

/**
 * docs/PROTOCOL.md against the schema. Each action, type and route has a section of its name; what an example must be
 * is decided by the part of the document that it stands in, and under a route by the line above it: `Request`, or a
 * status.
 */
type Section = { part: string; heading: string; text: string };
type Example = Section & { caption: string; json: string; title: string };

const sections: Section[] = textOf('docs/PROTOCOL.md')
  .split(/^## /m)
  .slice(1)
  .flatMap((body) => {
    const [part = ''] = body.split('\n');
    return body.split(/^### /m).map((text) => ({ part, heading: text.split('\n')[0] ?? '', text }));
  });

const section = (part: string, heading = part): Section => {
  const found = sections.filter((one) => one.part === part && one.heading === heading);
  if (found[0] && found.length === 1) return found[0];
  throw new Error(`PROTOCOL.md has ${found.length} sections "${heading}" in "${part}"`);
};

const examples: Example[] = sections.flatMap((one) =>
  [...one.text.matchAll(/([^\n]*)\n+```json\n(.*?)\n```/gs)].map(([, caption = '', json = ''], i) => ({
    ...one,
    caption,
    json,
    title: `${one.heading}, example ${i + 1}`,
  })),
);

/** Cells of a section's tables, without their headers. */
const rows = ({ text }: Section): string[][] =>
  text
    .split('\n')
    .filter((line) => line.startsWith('| `'))
    .map((line) => line.split('|').map((cell) => cell.trim().replaceAll('`', '')))
    .map(([, ...cells]) => cells);

/** Names as the first column of a table writes them: with a question mark where they may be left out. */
const documented = (of: Section) => rows(of).map(([name]) => name);
const declared = (schema: unknown) =>
  Object.entries((schema as z.ZodMiniObject).shape).map(
    ([name, field]) => `${name}${(field as z.ZodMiniType).safeParse(undefined).success ? '?' : ''}`,
  );
const without = (names: string[], ...left: (string | undefined)[]) =>
  names.filter((name) => !left.includes(name)).sort();

const statusIn = (caption: string) => Number(caption.match(/^`(\d{3})`/)?.[1]);

type Json = Record<string, unknown>;
const schemaOf = ({ part, heading, caption }: Example, value: Json): z.ZodMiniType | undefined => {
  if (part === 'Client frames') return actions[value.action as keyof typeof actions]?.frame;
  if (part === 'Older frames') return events[value.event as keyof typeof events]?.frame;
  if (part === 'Server frames') return serverFrames[value.type as keyof typeof serverFrames];
  const route = routes[heading];
  if (caption.startsWith('Request')) return route?.body;
  return statusIn(caption) >= 400 ? Problem : route?.replies[statusIn(caption)];
};

describe('every example in PROTOCOL.md', () => {
  test.each(examples)('is what the schema says: $title', (example) => {
    const value = JSON.parse(example.json);
    const schema = schemaOf(example, value);
    if (!schema) throw new Error('the schema knows nothing of this kind');
    // What the schema does not know it takes away: so an unknown field is found too.
    expect(schema.parse(value)).toMatchObject(value);
  });

  const named = examples.filter(({ part }) => part === 'Client frames' || part === 'Server frames');
  test.each(named)('stands in the section of its name: $title', ({ part, heading, json }) => {
    expect(JSON.parse(json)[part === 'Client frames' ? 'action' : 'type']).toBe(heading);
  });

  const refusals = examples.filter(({ json }) => json.includes('"retryable"'));
  test.each(refusals)(
    'of a refusal is in accord with its code: $title',
    ({ part, heading, caption, json }) => {
      const { type, code, retryable, title, status } = JSON.parse(json);
      const error = errors[code as ErrorCode];
      expect(retryable).toBe(error.retryable);
      if (part !== 'HTTP') return;
      expect({ type, title, status }).toEqual({
        type: `urn:parley:error:${code}`,
        title: error.title,
        status: error.status,
      });
      expect(statusIn(caption)).toBe(error.status);
      expect(routes[heading]?.refusals).toContain(code);
    },
  );
});

describe('PROTOCOL.md explains', () => {
  const exampled = (part: string, heading: string) =>
    examples.filter((example) => example.part === part && example.heading === heading);

  test.each(Object.entries(actions))('the action %s, with its fields and an example', (action, { frame }) => {
    expect(documented(section('Client frames', action)).sort()).toEqual(
      without(declared(frame), 'action', 'id?', 'trace?'),
    );
    expect(exampled('Client frames', action)).not.toEqual([]);
  });

  test.each(Object.entries(serverFrames))('the frame %s, with its fields and an example', (type, frame) => {
    const names = declared(frame);
    const isEntry = names.includes('from') && names.includes('seq');
    const shared = isEntry ? documented(section('Server frames', 'Entries')) : ['id?'];
    if (isEntry) expect(names).toEqual(expect.arrayContaining(shared));
    expect(documented(section('Server frames', type)).sort()).toEqual(without(names, 'type', ...shared));
    expect(exampled('Server frames', type)).not.toEqual([]);
  });

  test.each(Object.entries(routes))(
    '%s, with its query and an example of all it takes and answers',
    (key, route) => {
      if (route.query) expect(documented(section('HTTP', key)).sort()).toEqual(declared(route.query).sort());
      const captions = exampled('HTTP', key).map(({ caption }) => caption);
      if (route.body) expect(captions).toContainEqual(expect.stringMatching(/^Request/));
      for (const status of Object.keys(route.replies).map(Number))
        expect(captions.map(statusIn)).toContain(status);
    },
  );

  test('every older frame, with its fields and an example', () => {
    const told = rows(section('Older frames')).map(([event, , fields]) => [
      event,
      fields?.split(', ').sort(),
    ]);
    const known = Object.entries(events).map(([event, { frame }]) => [
      event,
      without(declared(frame), 'event', 'id?', 'trace?'),
    ]);
    expect(told.sort()).toEqual(known.sort());
    const shown = exampled('Older frames', 'Older frames').map(({ json }) => JSON.parse(json).event);
    expect(shown.sort()).toEqual(Object.keys(events).sort());
  });

  test('nothing that is not there', () => {
    const routed = sections.filter(({ heading }) => /^[A-Z]+ \//.test(heading)).map(({ heading }) => heading);
    expect(routed.sort()).toEqual(Object.keys(routes).sort());
    const headings = (part: string) =>
      sections.filter((one) => one.part === part && one.heading !== part).map(({ heading }) => heading);
    expect(headings('Client frames').sort()).toEqual(Object.keys(actions).sort());
    expect(headings('Server frames').sort()).toEqual([...Object.keys(serverFrames), 'Entries'].sort());
  });

  test('every error, with its status and whether it may be tried again', () => {
    const told = rows(section('Errors')).map(([code, status, retryable]) => [code, status, retryable]);
    const known = Object.entries(errors).map(([code, { status, retryable }]) => [
      code,
      String(status),
      retryable ? 'yes' : 'no',
    ]);
    expect(told.sort()).toEqual(known.sort());
  });

  test('every limit that a client can meet, with its number', () => {
    const inner = ['inlinePosts', 'connectionSeconds', 'handshakeMs'];
    const { PARLEY_SENDS_PER_SECOND } = readConfig({});
    const known = Object.entries({ ...limits, PARLEY_SENDS_PER_SECOND }).flatMap(([name, limit]) =>
      typeof limit === 'number'
        ? [[name, limit]]
        : Object.entries(limit).map(([part, value]) => [`${name}.${part}`, value]),
    );
    const told = rows(section('Limits')).map(([name, value = '']) => [
      name,
      Number(value.replaceAll(',', '')),
    ]);
    expect(told.sort()).toEqual(known.filter(([name]) => !inner.includes(String(name))).sort());
  });
});
