import { strictSubject } from '../client/suite/strict.ts';
import { suiteOn } from '../client/suite/suite.ts';

suiteOn('the SDK on the strict gateway', strictSubject);
