// The encoders of src/imaging/encode.ts, for sharp alone.
export const encoders = {
  jpeg: (graph) => graph.jpeg({ quality: 85 }),
  png: (graph) => graph.png(),
  webp: (graph) => graph.webp({ quality: 80, exact: true }),
  avif: (graph) => graph.avif({ quality: 55, effort: 0 }),
};
