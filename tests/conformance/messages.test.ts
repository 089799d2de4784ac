import { testSection } from './rule.ts';
import { MESSAGES } from './messages.ts';

testSection(MESSAGES);
