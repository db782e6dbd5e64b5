export declare const REDIS_DIST: string;
export declare const WAYS_OUT: string;
export declare function findRedisServer(
  env: Readonly<Record<string, string | undefined>>,
): string | undefined;
