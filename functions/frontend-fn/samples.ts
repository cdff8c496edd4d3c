/** The pictures in page/samples, as the page shows them. */
export const SAMPLES = [
  { file: 'cat.jpg', name: 'a cat', width: 451, height: 300 },
  { file: 'coffee.jpg', name: 'a cup of coffee', width: 600, height: 400 },
  { file: 'rocket.jpg', name: 'a rocket', width: 600, height: 400 },
] as const;
