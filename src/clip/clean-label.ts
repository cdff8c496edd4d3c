/** Between two pictographs a joiner makes one of them: 👩‍👧. Anywhere else it is invisible. */
const INVISIBLE =
  /(?!(?<=\p{Extended_Pictographic}\uFE0F?)\u200D(?=\p{Extended_Pictographic})|\uFE0F)[\p{Cf}\p{DI}\0]/gu;

/** A text as people see it: composed (NFC), without invisible characters, with single spaces. May be empty. */
export function cleanText(text: string): string {
  return text
    .normalize('NFC')
    .replace(INVISIBLE, '')
    .replace(/[\s\p{Cc}]+/gu, ' ')
    .trim();
}
