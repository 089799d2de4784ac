import { testSection } from './rule.ts';
import { TWIML } from './twiml.ts';

testSection(TWIML);
