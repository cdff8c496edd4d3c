/** A step as it is announced before any is done. */
export interface PlannedStep {
  name: string;
  function: string;
  /** What it works on: the result of the steps before it, or the picture as it came. */
  sees?: string;
}

/** Which steps of which picture are being worked on. */
export interface Progress {
  begun(steps: PlannedStep[]): void;
  /** A step of a picture is done. */
  step(picture: number, name: string, failed: boolean): void;
  /** A picture is through, whatever is left of it. */
  picture(picture: number): void;
  /** Names of the steps of a picture whose input is there and which are not done. */
  current(picture: number): string[];
  done(): number;
}

/** Follows a run of some pictures by its events. */
export function progress(pictures: number): Progress {
  let steps: PlannedStep[] = [];
  const finished = Array.from({ length: pictures }, () => new Set<string>());
  const over = new Set<number>();
  // Labels are no input of another step.
  const makesPicture = ({ function: called }: PlannedStep): boolean => called !== 'clip-fn';
  return {
    begun(announced) {
      steps = announced;
    },
    step(picture, name, failed) {
      finished[picture]?.add(name);
      if (failed) over.add(picture);
    },
    picture: (picture) => void over.add(picture),
    current(picture) {
      const done = finished[picture];
      if (!done || over.has(picture)) return [];
      const isReady = ({ sees }: PlannedStep, place: number): boolean =>
        sees === 'original' || steps.slice(0, place).every((step) => !makesPicture(step) || done.has(step.name));
      return steps.filter((step, place) => !done.has(step.name) && isReady(step, place)).map(({ name }) => name);
    },
    done: () => finished.reduce((sum, { size }) => sum + size, 0),
  };
}
