import { testSection } from './rule.ts';
import { STREAM_ERRORS } from './stream-errors.ts';

testSection(STREAM_ERRORS);
