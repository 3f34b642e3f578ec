import { afterAll, afterEach, beforeAll, describe, jest } from '@jest/globals';
import { looking } from './looking.ts';
import { returning } from './returning.ts';
import { sessions } from './sessions.ts';
import { type Stage, type Subject, stageOf } from './subject.ts';
import { talking } from './talking.ts';

/** What the SDK and a server must do together: run on the double and on the real one, so that neither drifts. */
export const suiteOn = (name: string, start: () => Promise<Subject>): void => {
  jest.setTimeout(120_000);
  describe(name, () => {
    let subject: Subject;
    let stage: Stage;
    const given = { subject: () => subject, stage: () => stage };
    beforeAll(async () => {
      subject = await start();
      stage = stageOf(subject);
    });
    afterEach(() => stage.closeAll());
    afterAll(() => subject.stop());

    describe('talking', () => talking(given));
    describe('looking', () => looking(given));
    describe('coming back', () => returning(given));
    describe('sessions and members', () => sessions(given));
  });
};
