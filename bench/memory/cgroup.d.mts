/** A function in a control group of its own. */
export interface Limited {
  url: string;
  port: number;
  log: string[];
  alive(): boolean;
  kills(): number;
  stop(): Promise<void>;
}

export function canLimit(): boolean;
export function startLimited(
  name: string,
  mebibytes: number,
  rules?: { env?: Record<string, string>; args?: string[] },
): Promise<Limited>;
