import { testSection } from './rule.ts';
import { TRANSPORT } from './transport.ts';

testSection(TRANSPORT);
