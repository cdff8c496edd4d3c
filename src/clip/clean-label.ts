/** Invisible characters, except a joiner between two pictographs, which makes one of them: 👩‍👧. */
const INVISIBLE =
  /(?!(?<=\p{Extended_Pictographic}\uFE0F?)\u200D(?=\p{Extended_Pictographic})|\uFE0F)[\p{Cf}\p{DI}\0]/gu;

/** Normalises a text: NFC, no invisible characters, single spaces. The result may be empty. */
export function cleanText(text: string): string {
  return text
    .normalize('NFC')
    .replace(INVISIBLE, '')
    .replace(/[\s\p{Cc}]+/gu, ' ')
    .trim();
}
