"use strict";
/* The sound of a take. Browsers look up a seek in a compressed stream too roughly to hear a note
   begin, so the stream is decoded once and played as plain samples. */
class TakeSound {
  constructor(element) {
    this.element = element;
    this.isReady = false;
  }

  async prepare() {
    const packed = atob(this.element.src.slice(this.element.src.indexOf(",") + 1));
    const bytes = new Uint8Array(packed.length);
    for (let i = 0; i < packed.length; i += 1) bytes[i] = packed.charCodeAt(i);
    const rate_hz = 32000;
    const decoded = await new OfflineAudioContext(1, 1, rate_hz).decodeAudioData(bytes.buffer);
    const isLoaded = new Promise((resolve) => this.element.addEventListener("loadeddata", resolve, { once: true }));
    this.element.preload = "auto";
    this.element.src = URL.createObjectURL(TakeSound.wave(decoded.getChannelData(0), rate_hz));
    this.element.preservesPitch = true;
    await isLoaded;
    this.isReady = true;
  }

  static wave(samples, rate_hz) {
    const header = new DataView(new ArrayBuffer(44));
    const text = (at, word) => [...word].forEach((one, i) => header.setUint8(at + i, one.charCodeAt(0)));
    text(0, "RIFF");
    header.setUint32(4, 36 + 2 * samples.length, true);
    text(8, "WAVEfmt ");
    header.setUint32(16, 16, true);
    header.setUint16(20, 1, true);
    header.setUint16(22, 1, true);
    header.setUint32(24, rate_hz, true);
    header.setUint32(28, 2 * rate_hz, true);
    header.setUint16(32, 2, true);
    header.setUint16(34, 16, true);
    text(36, "data");
    header.setUint32(40, 2 * samples.length, true);
    const whole = new Int16Array(samples.length);
    for (let i = 0; i < samples.length; i += 1) whole[i] = Math.max(-1, Math.min(1, samples[i])) * 32767;
    return new Blob([header, whole], { type: "audio/wav" });
  }
}
