/**
 * The pictures in page/samples, as the page shows them. Each brings labels of its own, the right one first; a test asks
 * the model.
 */
export const SAMPLES = [
  {
    file: 'cat.jpg',
    name: 'a cat',
    width: 451,
    height: 300,
    labels: ['tabby cat', 'dog', 'rabbit', 'fox', 'horse'],
  },
  {
    file: 'coffee.jpg',
    name: 'a cup of coffee',
    width: 600,
    height: 400,
    labels: ['cup of coffee', 'cup of tea', 'bowl of soup', 'glass of beer', 'plate of pasta'],
  },
  {
    file: 'rocket.jpg',
    name: 'a rocket',
    width: 600,
    height: 400,
    labels: ['rocket', 'lighthouse', 'airplane', 'skyscraper', 'bridge'],
  },
] as const;
