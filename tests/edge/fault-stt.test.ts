import { describeWire } from './fault-calls.ts';

describeWire('stt');
