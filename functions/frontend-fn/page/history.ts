/** States that can be gone back to. */
export interface History<T> {
  /** A new state; those that were undone are gone. The same state twice is one. */
  push(state: T): void;
  /** The state before, if there is one. */
  undo(): T | undefined;
  redo(): T | undefined;
  canUndo(): boolean;
  canRedo(): boolean;
}

/** More than anybody goes back. */
const MOST = 200;

/** @param same whether two states are one */
export function history<T>(first: T, same: (one: T, other: T) => boolean): History<T> {
  let states = [first];
  let at = 0;
  const go = (to: number): T | undefined => {
    if (to < 0 || to >= states.length) return undefined;
    at = to;
    return states[at];
  };
  return {
    push(state) {
      if (same(state, states[at] as T)) return;
      states = [...states.slice(0, at + 1), state].slice(-MOST);
      at = states.length - 1;
    },
    undo: () => go(at - 1),
    redo: () => go(at + 1),
    canUndo: () => at > 0,
    canRedo: () => at < states.length - 1,
  };
}
