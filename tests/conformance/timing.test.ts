import { testSection } from './rule.ts';
import { TIMING } from './timing.ts';

testSection(TIMING);
