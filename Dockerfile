# Evenstar as an image: Debian, the one executable, no root. `docker build --tag evenstar .`
FROM node:22-bookworm-slim AS build
WORKDIR /src
# better-sqlite3 is compiled where no prebuilt binary fits. Debian keeps one version of each, so there is none to pin.
# hadolint ignore=DL3008
RUN apt-get update \
  && apt-get install --yes --no-install-recommends g++ make python3 \
  && rm -rf /var/lib/apt/lists/*
# What the build reads, and nothing else: .dockerignore names the same.
COPY .npmrc package-lock.json package.json tsconfig.json ./
COPY src src
COPY web web
RUN npm ci && npm run build:exe

FROM debian:bookworm-slim
RUN useradd --uid 10001 --no-create-home --home-dir /data --shell /usr/sbin/nologin evenstar \
  && install --directory --owner=evenstar --mode=0700 /data
COPY --from=build /src/dist/evenstar /usr/local/bin/evenstar
ENV NODE_ENV=production \
    HOST=0.0.0.0 \
    PORT=3000 \
    DATA_DIR=/data
# By number, so that whoever runs it can see that it isn't root.
USER 10001
VOLUME /data
EXPOSE 3000
# The server takes SHUTDOWN_TIMEOUT at most, 10 seconds, which is when Docker loses patience: `docker stop --time 15`.
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=30s --timeout=5s --start-period=60s --retries=3 CMD ["/usr/local/bin/evenstar", "health"]
ENTRYPOINT ["/usr/local/bin/evenstar"]
