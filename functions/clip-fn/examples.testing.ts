import { clipFixture, plainPicture } from './testing.ts';

/** Whatever of it an answer has. */
export interface Answer {
  labels: { label: string; score: number; cosine: number; unfamiliar?: boolean }[];
  state: string;
  pictures: Answer[];
  timings: Record<string, number>;
  code: string;
  status: number;
  detail: string;
}

const COLOURS = {
  red: '#ee1111',
  pink: '#ee4444',
  brick: '#cc2222',
  green: '#11ee11',
  lime: '#44ee44',
  blue: '#1111ee',
};
const drawn = Object.entries(COLOURS).map(async ([name, colour]) => [name, await plainPicture(colour, 'png')]);

/** A PNG of each colour. */
export const pictures: Record<keyof typeof COLOURS, Buffer> = Object.fromEntries(await Promise.all(drawn));

export const base64 = (bytes: Buffer): string => bytes.toString('base64');

/** Two classes, by two pictures each. */
export const examples = () => ({
  warm: [pictures.pink, pictures.brick].map(base64),
  cold: [pictures.green, pictures.lime].map(base64),
});

/** clip-fn that takes pictures of at most 60,000 bytes, and how it is asked. */
export function examplesFixture() {
  const fn = clipFixture({ INTAKE_MAX_BYTES: '60000' });
  const post = async (query: string, init: RequestInit): Promise<Answer> => {
    const response = await fetch(`${fn.url}/${query}`, { method: 'POST', ...init });
    return (await response.json()) as Answer;
  };
  return {
    fn,
    json: (body: object, query = '') =>
      post(query, { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }),
    form(parts: [string, Buffer | string][], query = '') {
      const body = new FormData();
      for (const [field, part] of parts) {
        if (typeof part === 'string') body.append(field, part);
        else body.append(field, new Blob([new Uint8Array(part)]), 'x.png');
      }
      return post(query, { body });
    },
  };
}
