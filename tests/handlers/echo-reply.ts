/**
 * A voice application as one writes it for Twilio: a webhook that answers with TwiML, and a Media Streams socket. It echoes the
 * caller, answers keys with tones, stops when the caller speaks, and says goodbye on `*`. Only Twilio's protocol and web
 * standards; nothing in it knows Patchcord.
 *
 *     PORT=8080 deno run --allow-net --allow-env=PORT echo-reply.ts
 *     PORT=8080 node --import ./deno-on-node.ts echo-reply.ts
 */

const TWIML =
  '<?xml version="1.0" encoding="UTF-8"?>' +
  '<Response><Connect><Stream url="/media"/></Connect><Hangup/></Response>';

Deno.serve({ port: Number(Deno.env.get('PORT') ?? 8080), hostname: '127.0.0.1' }, (request) => {
  if (request.headers.get('upgrade') !== 'websocket') {
    return new Response(TWIML, { headers: { 'Content-Type': 'text/xml' } });
  }
  const { socket, response } = Deno.upgradeWebSocket(request);
  converse(socket);
  return response;
});

function converse(socket: WebSocket): void {
  let streamSid = '';
  /** Replies whose mark has not come back yet. */
  let playing = 0;
  const send = (message: object): void => socket.send(JSON.stringify({ streamSid, ...message }));
  const reply = (name: string, frequencyHz: number, lengthMs: number): void => {
    send({ event: 'media', media: { payload: tone(frequencyHz, lengthMs).toBase64() } });
    send({ event: 'mark', mark: { name } });
    playing++;
  };
  socket.addEventListener('message', ({ data }) => {
    const message = JSON.parse(data);
    switch (message.event) {
      case 'start':
        streamSid = message.streamSid;
        return reply('greeting', 600, 300);
      case 'media':
        if (!isSpeech(Uint8Array.fromBase64(message.media.payload))) return;
        if (playing > 0) send({ event: 'clear' });
        playing = 0;
        return send({ event: 'media', media: { payload: message.media.payload } });
      case 'dtmf':
        if (message.dtmf.digit === '*') return reply('goodbye', 400, 300);
        // A digit is so many hundred Hertz and 5 s long: time enough to interrupt it.
        return reply(message.dtmf.digit, 1000 + 100 * Number(message.dtmf.digit), 5000);
      case 'mark':
        playing = Math.max(0, playing - 1);
        if (message.mark.name === 'greeting') reply('ready', 900, 300);
        if (message.mark.name === 'goodbye') socket.close(1000);
        return;
      case 'stop':
        console.log('stop');
    }
  });
  socket.addEventListener('close', ({ code }) => console.log(`closed ${code}`));
}

/** A sine at a quarter of full scale, 8 kHz µ-law (ITU-T G.711). */
function tone(frequencyHz: number, lengthMs: number): Uint8Array {
  return Uint8Array.from({ length: lengthMs * 8 }, (_, i) => {
    const sample = Math.round(8000 * Math.sin((2 * Math.PI * frequencyHz * i) / 8000));
    const magnitude = Math.abs(sample) + 0x84;
    const exponent = 24 - Math.clz32(magnitude);
    const code = (exponent << 4) | ((magnitude >> (exponent + 3)) & 15);
    return ~(code | (sample < 0 ? 0x80 : 0)) & 0xff;
  });
}

/** Whether a fifth of a frame is louder than a sixteenth of full scale. */
function isSpeech(mulaw: Uint8Array): boolean {
  return mulaw.filter((byte) => (~byte & 0x70) >= 0x40).length > mulaw.length / 5;
}
