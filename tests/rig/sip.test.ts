import { describe, expect, test } from 'vitest';
import { complainAboutVersion, ASTERISK_RELEASES, parseVersion } from './asterisk-release.ts';
import { buildSdp, parseSdp } from './sdp.ts';
import { SipDialog } from './sip-dialog.ts';
import { formatSip, header, parseSip, tagOf, uriOf } from './sip-message.ts';
import type { CallEnd } from './phone.ts';

describe('SIP messages', () => {
  test('compact names, repeated headers and a body', () => {
    const message = parseSip(
      'SIP/2.0 486 Busy Here\r\nv: one\r\nVia: two\r\ni: abc\r\nt: <sip:9@h>;tag=x1\r\n\r\nbody\r\n',
    );
    expect(message?.start).toEqual({ kind: 'response', status: 486, reason: 'Busy Here' });
    expect(message?.headers.get('via')).toEqual(['one', 'two']);
    expect(message === undefined ? '' : header(message, 'call-id')).toBe('abc');
    expect(message?.body).toBe('body\r\n');
  });

  test.for(['', '\r\n\r\n', 'HTTP/1.1 200 OK\r\n\r\n', 'INVITE sip:x'])('not SIP: %j', (text) => {
    expect(parseSip(text)).toBeUndefined();
  });

  test('the length of a body is in bytes', () => {
    expect(formatSip('X', [], 'µ')).toContain('Content-Length: 2\r\n\r\nµ');
  });

  test('tag and URI of a name', () => {
    expect(tagOf('"A" <sip:1@h>;tag=q-7')).toBe('q-7');
    expect(tagOf('<sip:1@h>')).toBeUndefined();
    expect(uriOf('"A" <sip:1@h:5060;ob>;tag=1')).toBe('sip:1@h:5060;ob');
  });
});

test('SDP offers one codec and keys', () => {
  const sdp = buildSdp({ rtpPort: 4000, codec: 'alaw', ptimeMs: 30, version: 1 });
  expect(sdp).toContain('m=audio 4000 RTP/AVP 8 101');
  expect(sdp).toContain('a=ptime:30');
  expect(parseSdp(sdp)).toEqual({ address: '127.0.0.1', port: 4000 });
  expect(parseSdp(sdp.replace('4000', '0'))).toBeUndefined();
});

/** A dialog and what it sent, with the far end played by hand. */
function call() {
  const sent: string[] = [];
  const ends: CallEnd[] = [];
  let answers = 0;
  const dialog = new SipDialog({
    send: (datagram) => sent.push(datagram),
    localPort: 1,
    remotePort: 2,
    call: { extension: '999', callerNumber: '100' },
    describe: () => 'v=0',
    onDescription: () => {},
    onAnswered: () => (answers += 1),
    onEnded: (end) => ends.push(end),
    onDigit: () => {},
  });
  dialog.invite();
  const respond = (status: string) => {
    const invite = parseSip(sent[0] ?? '');
    if (invite === undefined) throw new Error('no INVITE');
    const copied = ['via', 'from', 'call-id', 'cseq'].map(
      (name) => [name, header(invite, name)] as const,
    );
    const to = ['To', `${header(invite, 'to')};tag=far`] as const;
    const contact = ['Contact', '<sip:far@127.0.0.1:2>'] as const;
    dialog.receive(formatSip(`SIP/2.0 ${status}`, [...copied, to, contact], ''));
  };
  const methods = () => sent.map((datagram) => datagram.split(' ')[0]);
  return { dialog, respond, methods, sent, ends, answers: () => answers };
}

describe('a call', () => {
  test('a rejection is acknowledged with the branch of the INVITE', () => {
    const { respond, methods, sent, ends } = call();
    respond('100 Trying');
    respond('486 Busy Here');
    expect(methods()).toEqual(['INVITE', 'ACK']);
    const [invite, ack] = sent.map((datagram) => /branch=(\S+)/.exec(datagram)?.[1]);
    expect(ack).toBe(invite);
    expect(ends).toEqual([{ by: 'rejected', status: 486 }]);
  });

  test('an answer that comes again is acknowledged again', () => {
    const { respond, methods, answers } = call();
    respond('200 OK');
    respond('200 OK');
    expect(methods()).toEqual(['INVITE', 'ACK', 'ACK']);
    expect(answers()).toBe(1);
  });

  test('giving up before any response waits for one', async () => {
    const { dialog, respond, methods, ends } = call();
    const hungUp = dialog.hangup();
    expect(methods()).toEqual(['INVITE']);
    respond('180 Ringing');
    expect(methods()).toEqual(['INVITE', 'CANCEL']);
    respond('487 Request Terminated');
    await hungUp;
    expect(ends).toEqual([{ by: 'phone', status: 487 }]);
  });

  test('an answer that crosses a CANCEL is followed by a BYE', () => {
    const { dialog, respond, methods } = call();
    respond('180 Ringing');
    void dialog.hangup();
    respond('200 OK');
    expect(methods()).toEqual(['INVITE', 'CANCEL', 'ACK', 'BYE']);
  });
});

describe('versions', () => {
  test.for([
    ['Asterisk 22.10.1+dfsg+~cs6.17', '22.10.1'],
    ['Asterisk 16.28.0~dfsg-0+deb11u10', '16.28.0'],
    ['something else', undefined],
  ] as const)('%s', ([line, version]) => {
    expect(parseVersion(line)).toBe(version);
  });

  test('a suite that has moved is named, and where to change it', () => {
    const release = ASTERISK_RELEASES[22];
    expect(complainAboutVersion(release, '22.10.1')).toBeUndefined();
    expect(complainAboutVersion(release, '22.6.9')).toContain('from 22.7.0');
    expect(complainAboutVersion(release, '24.0.0')).toContain('asterisk-release.ts');
    expect(complainAboutVersion(release, undefined)).toContain('"forky"');
  });
});
