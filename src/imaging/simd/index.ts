/* What kernels/band-filter.ts calls. */

export { bilateral, setBilateral } from './bilateral';
export { nonLocalMeans, setNonLocalMeans } from './nlm';
export { layOut, mirrored, spread, start } from './planes';
