import { doubleSubject } from './suite/double.ts';
import { suiteOn } from './suite/suite.ts';

suiteOn('the SDK on the double', async () => doubleSubject());
