import { describeStage } from './stage-test.ts';

describeStage('stt');
