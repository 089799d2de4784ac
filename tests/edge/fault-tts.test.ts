import { describeWire } from './fault-calls.ts';

describeWire('tts');
