/** The embedding of a label. */
export interface LabelEmbedding {
  /** Of length 1. */
  vector: Float32Array;
  /** Tokens of the label in its longest template, including special ones. */
  tokens: number;
}

/** Scales a vector to length 1, in place. @throws when its length is zero or not finite */
export function normaliseRow(row: Float32Array): void {
  let squares = 0;
  for (const value of row) squares += value * value;
  const length = Math.sqrt(squares);
  if (!(length > 0 && Number.isFinite(length))) throw new Error('the model gave an embedding without a direction');
  for (let i = 0; i < row.length; i += 1) row[i] = (row[i] as number) / length;
}

/** The mean of unit vectors, scaled to length 1. Combines the embeddings of one label in several templates. */
export function meanDirection(rows: Float32Array[]): Float32Array {
  const mean = new Float32Array(rows[0]?.length ?? 0);
  for (const row of rows) for (let i = 0; i < mean.length; i += 1) mean[i] = (mean[i] as number) + (row[i] as number);
  normaliseRow(mean);
  return mean;
}

/** The cosine of two unit vectors. Four sums let the processor overlap the additions. */
export function dot(a: Float32Array, b: Float32Array): number {
  let first = 0;
  let second = 0;
  let third = 0;
  let fourth = 0;
  const whole = a.length & ~3;
  for (let i = 0; i < whole; i += 4) {
    first += (a[i] as number) * (b[i] as number);
    second += (a[i + 1] as number) * (b[i + 1] as number);
    third += (a[i + 2] as number) * (b[i + 2] as number);
    fourth += (a[i + 3] as number) * (b[i + 3] as number);
  }
  for (let i = whole; i < a.length; i += 1) first += (a[i] as number) * (b[i] as number);
  return first + second + third + fourth;
}
