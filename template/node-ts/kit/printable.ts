/** Replaces control and other invisible characters by spaces, so that foreign text cannot control a terminal. */
export function printable(text: string): string {
  return text.replace(/\p{C}/gu, ' ');
}
