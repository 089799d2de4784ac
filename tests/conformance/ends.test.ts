import { testSection } from './rule.ts';
import { ENDS } from './ends.ts';

testSection(ENDS);
