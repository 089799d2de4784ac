import { testSection } from './rule.ts';
import { FROM_HANDLER } from './from-handler.ts';

testSection(FROM_HANDLER);
