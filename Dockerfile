# The engine as an image. Alone it runs on its embedded stores in /data; with EVENTSTORE_URL and MONGODB_URL on those servers.
FROM node:20.20.2-bookworm-slim AS base
WORKDIR /cebe
RUN chown node:node /cebe
USER node
COPY --chown=node:node package.json package-lock.json .npmrc ./

FROM base AS build
# No package needs its install script: native parts come built within the packages.
RUN ["npm", "ci", "--ignore-scripts", "--include=dev", "--no-audit", "--no-fund"]
COPY --chown=node:node . .
RUN ["npm", "run", "build"]
# Whoever builds may keep their files to themselves; the engine's user must be able to read them.
RUN ["chmod", "-R", "a+rX", "dist", "package.json", "samples", "scripts"]

# The contract suites, against the servers that TEST_EVENTSTORE_URL and TEST_MONGODB_URL name.
FROM build AS test
CMD ["npm", "run", "test:servers"]

FROM base AS packages
RUN ["npm", "ci", "--ignore-scripts", "--omit=dev", "--no-audit", "--no-fund"]

FROM node:20.20.2-bookworm-slim AS engine
WORKDIR /cebe
COPY --from=packages /cebe/node_modules ./node_modules
COPY --from=build /cebe/dist ./dist
COPY --from=build /cebe/package.json ./
COPY --from=build /cebe/samples ./samples
COPY --from=build /cebe/scripts/health.mjs ./scripts/health.mjs
# A new volume takes over the owner of the folder below it.
RUN mkdir /data && chown node:node /data && chmod 700 /data && ln -s /cebe/dist/cli/main.js /usr/local/bin/cebe
ENV NODE_ENV=production CEBE_DATA_DIR=/data CEBE_HOST=0.0.0.0 CEBE_PORT=4000
USER node
VOLUME /data
EXPOSE 4000
HEALTHCHECK --interval=30s --timeout=5s --start-period=60s --retries=3 CMD ["node", "scripts/health.mjs", "/livez"]
ENTRYPOINT ["node", "--max-semi-space-size=24", "dist/cli/main.js"]
CMD ["start", "--empty"]
