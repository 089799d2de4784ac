import { testSection } from './rule.ts';
import { VOICE_WEBHOOK } from './voice-webhook.ts';

testSection(VOICE_WEBHOOK);
