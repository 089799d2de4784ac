import { testSection } from './rule.ts';
import { STREAM_CALLBACKS } from './stream-callbacks.ts';

testSection(STREAM_CALLBACKS);
