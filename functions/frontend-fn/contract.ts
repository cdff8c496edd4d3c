/* What clip-fn answers, as this function and its page read it. Types only: the page is bundled without Node. */

/** One label of `POST clip-fn`. */
export interface SeenLabel {
  label: string;
  /** 0…1, softmax over all labels asked for. */
  score: number;
  /** Cosine between picture and label, −1…1. */
  cosine: number;
  /** The model never learned the words of this label. */
  unfamiliar?: boolean;
}

/** Answer of `POST clip-fn`. */
export interface Seen {
  model: string;
  /** Best first. */
  labels: SeenLabel[];
  /** Nothing asked for is in the picture, as far as the model can tell. */
  unknown: boolean;
  /** Milliseconds by stage. */
  timings: Record<string, number>;
  /** A sentence for people, such as where a larger model comes from. */
  hint?: string;
}

/** Answer of `GET clip-fn/labelsets`. */
export interface LabelSets {
  labelsets: { name: string; title: string; count: number }[];
  /** The set used when a request names none. */
  default?: string;
}
