# The TypeScript sources run as they are: Node strips the types.

FROM node:24-slim AS packages
WORKDIR /app
COPY package.json package-lock.json ./
RUN npm ci --omit=dev --ignore-scripts --no-audit --no-fund

FROM packages AS all-packages
RUN npm ci --ignore-scripts --no-audit --no-fund

FROM all-packages AS console
COPY src src
COPY scripts scripts
COPY console console
RUN node scripts/console.mjs

FROM node:24-slim AS base
ENV NODE_ENV=production
WORKDIR /app
COPY --from=packages /app/node_modules node_modules
COPY package.json LICENSE ./
COPY bin bin
COPY src src
COPY config config
COPY --from=console /app/console/dist console/dist
COPY examples/markets/markets.csv examples/markets/markets.csv
# A volume that is mounted here belongs to the user, too.
RUN mkdir .forewarm && chown node:node .forewarm && ln -s /app/bin/forewarm.mjs /usr/local/bin/forewarm
USER node

# The example origin: docker build --target example-origin
FROM base AS example-origin
COPY --from=all-packages /app/node_modules node_modules
COPY examples examples
EXPOSE 7070
HEALTHCHECK --interval=10s --timeout=5s --start-period=15s \
  CMD ["node", "-e", "fetch('http://127.0.0.1:7070/_counters').then(({ ok }) => process.exit(ok ? 0 : 1), () => process.exit(1))"]
ENTRYPOINT ["node", "examples/markets/origin.ts"]
CMD ["--host", "0.0.0.0"]

# Forewarm in any role: up, worker, scheduler, api, drain. All of them serve /livez, /readyz and /metrics at 7078.
FROM base AS forewarm
ENV FOREWARM_HTTP__PORT=7078 FOREWARM_HTTP__HOST=0.0.0.0
EXPOSE 7077 7078
HEALTHCHECK --interval=10s --timeout=5s --start-period=15s \
  CMD ["node", "-e", "fetch('http://127.0.0.1:' + process.env.FOREWARM_HTTP__PORT + '/livez').then(({ ok }) => process.exit(ok ? 0 : 1), () => process.exit(1))"]
ENTRYPOINT ["forewarm"]
CMD ["up"]
