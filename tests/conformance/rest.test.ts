import { testSection } from './rule.ts';
import { REST } from './rest.ts';

testSection(REST);
