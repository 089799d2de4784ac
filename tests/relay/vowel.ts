/** A voice that hums a vowel, now higher and now lower, with pauses for breath: 16-bit at 8 kHz. */
export function vowel(lengthMs: number): Int16Array {
  return Int16Array.from({ length: lengthMs * 8 }, (_, i) => {
    const pitchHz = 120 + 20 * Math.sin(i / 3000);
    const harmonics = Array.from({ length: 11 }, (_each, h) => h + 1);
    const sum = harmonics.reduce(
      (total, h) => total + Math.sin((2 * Math.PI * pitchHz * h * i) / 8000) / h,
      0,
    );
    return Math.round(1200 * sum * (Math.sin(i / 900) > -0.6 ? 1 : 0.05));
  });
}
