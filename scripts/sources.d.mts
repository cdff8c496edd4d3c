export function sourcesOf(root: string): string | undefined;
export function sourcesOfBuild(dist: string): string | undefined;
export function sourcesFile(dist: string): string;
