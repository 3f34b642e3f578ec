import type { Tables } from '../cassandra/tables.ts';
import type { Note, Unannounced } from './port.ts';

export const memoryUnannounced = (tables: Tables): Unannounced => {
  const notes = tables.table<Note>('unannounced');
  const name = ({ conversation, seq, kind, by, of, at }: Note) =>
    `${by ? at : Math.floor(at / 3_600_000)} ${conversation} ${seq} ${kind} ${by?.from} ${by?.key} ${of}`;
  return {
    note: async (note) => {
      notes.set(name(note), note);
    },
    forget: async (note) => {
      notes.delete(name(note));
    },
    all: async function* () {
      yield* [...notes.values()];
    },
  };
};
