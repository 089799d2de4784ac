import { testSection } from './rule.ts';
import { STATUS_CALLBACKS } from './status-callbacks.ts';

testSection(STATUS_CALLBACKS);
