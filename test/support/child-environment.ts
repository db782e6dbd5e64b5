/** What the processes that tests start are given of this environment: where programs are, and what is compiled already. */
export function childEnvironment(): NodeJS.ProcessEnv {
  const { PATH, HOME, FOREWARM_REDIS_SERVER, NODE_COMPILE_CACHE } = process.env;
  return {
    PATH,
    ...(HOME !== undefined && { HOME }),
    ...(FOREWARM_REDIS_SERVER !== undefined && { FOREWARM_REDIS_SERVER }),
    ...(NODE_COMPILE_CACHE !== undefined && { NODE_COMPILE_CACHE }),
  };
}
