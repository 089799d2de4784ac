import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { VoiceRoute } from '../contract.ts';
import type { FaultCode } from '../faults.ts';
import { VoiceRoutes } from './voice-routes.ts';

const SOCKET: VoiceRoute = { transport: 'socket', voice: 0 };
const HTTP: VoiceRoute = { transport: 'http', voice: 0 };
const OTHER_SOCKET: VoiceRoute = { transport: 'socket', voice: 1 };

describe('the ways to a voice', () => {
  it('begin with the socket of the first voice, also after one failure of it', () => {
    const routes = new VoiceRoutes(2);
    expect(routes.first).toEqual(SOCKET);
    expect(routes.fail(SOCKET, 'TTS_UNAVAILABLE')).toEqual(HTTP);
    expect(routes.first).toEqual(SOCKET);
  });

  it('leave out what failed twice in a row, and not what failed twice in all', () => {
    const routes = new VoiceRoutes(2);
    routes.fail(SOCKET, 'TTS_TIMEOUT');
    routes.succeed(SOCKET);
    routes.fail(SOCKET, 'TTS_TIMEOUT');
    expect(routes.first).toEqual(SOCKET);
    routes.fail(SOCKET, 'TTS_TIMEOUT');
    expect(routes.first).toEqual(HTTP);
  });

  it('go from one voice to the next, and end with the last one where they are silent', () => {
    const routes = new VoiceRoutes(2);
    expect(routes.fail(HTTP, 'TTS_TIMEOUT')).toEqual(OTHER_SOCKET);
    expect(routes.fail(OTHER_SOCKET, 'TTS_TIMEOUT')).toEqual({ transport: 'http', voice: 1 });
    expect(routes.fail({ transport: 'http', voice: 1 }, 'TTS_TIMEOUT')).toBeUndefined();
  });

  it('are tried once more where they said no at once', () => {
    const routes = new VoiceRoutes(1);
    expect(routes.fail(SOCKET, 'TTS_RATE_LIMITED')).toEqual(HTTP);
    expect(routes.after(HTTP)).toBe(0);
    expect(routes.fail(HTTP, 'TTS_RATE_LIMITED')).toEqual(SOCKET);
    expect(routes.fail(SOCKET, 'TTS_RATE_LIMITED')).toEqual(HTTP);
    expect(routes.fail(HTTP, 'TTS_RATE_LIMITED')).toBeUndefined();
  });

  it.each(['TTS_AUTH', 'TTS_QUOTA', 'TTS_KEY_MISSING'] satisfies FaultCode[])(
    'are all closed by %s: it is the account',
    (code) => {
      const routes = new VoiceRoutes(2);
      expect(routes.fail(SOCKET, code)).toBeUndefined();
      expect(routes.first).toBeUndefined();
    },
  );

  it('are not asked again for what they refused, though another way may take it', () => {
    const routes = new VoiceRoutes(1);
    expect(routes.fail(SOCKET, 'TTS_BAD_REQUEST')).toEqual(HTTP);
    expect(routes.first).toEqual(HTTP);
  });

  it('are asked again, however often a circuit has refused them', () => {
    const routes = new VoiceRoutes(1);
    for (let again = 0; again < 5; again++) {
      expect(routes.first).toEqual(SOCKET);
      expect(routes.pass(SOCKET)).toEqual(HTTP);
    }
    // Nobody is asked in a circle.
    expect(routes.pass(HTTP)).toBeUndefined();
    routes.fail(HTTP, 'TTS_TIMEOUT');
    routes.fail(HTTP, 'TTS_TIMEOUT');
    expect(routes.pass(SOCKET)).toBeUndefined();
  });

  it('are none where there is no voice', () => {
    expect(new VoiceRoutes(0).pass(SOCKET)).toBeUndefined();
    expect(new VoiceRoutes(0).first).toBeUndefined();
    expect(new VoiceRoutes(0).fail(SOCKET, 'TTS_BROKEN')).toBeUndefined();
  });

  it('come to an end, whatever fails in which order', () => {
    const failed = fc.record({
      transport: fc.constantFrom<VoiceRoute['transport']>('socket', 'http'),
      voice: fc.nat({ max: 3 }),
    });
    fc.assert(
      fc.property(fc.array(failed), (failures) => {
        const routes = new VoiceRoutes(3);
        for (const route of failures) routes.fail(route, 'TTS_BROKEN');
        for (let left = 2 * 2 * 3; left > 0; left--) {
          const { first } = routes;
          if (first === undefined) return;
          routes.fail(first, 'TTS_BROKEN');
        }
        expect(routes.first).toBeUndefined();
      }),
    );
  });
});
