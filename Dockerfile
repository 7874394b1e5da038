# syntax=docker/dockerfile:1
# One image for web, worker and migrate: docker build --tag glassbox .
# Where torch should come as its CPU build, name the index that has it: --build-arg PIP_EXTRA_INDEX_URL=...

FROM python:3.11-slim-bookworm AS build
ARG PIP_EXTRA_INDEX_URL
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 \
    PIP_ROOT_USER_ACTION=ignore
WORKDIR /srv/glassbox
# The libraries change seldom and take minutes: a layer of their own, below the application's.
RUN python -m venv --without-pip /opt/venv
COPY requirements.txt constraints.txt ./
RUN --mount=type=cache,target=/root/.cache/pip \
    pip --python /opt/venv/bin/python install --prefer-binary \
    --constraint constraints.txt --requirement requirements.txt
# OpenMP, which LightGBM's wheel counts on, goes with the libraries.
# hadolint ignore=DL3008
RUN apt-get update \
    && apt-get install --yes --no-install-recommends libgomp1 \
    && cp --dereference /usr/lib/*-linux-gnu/libgomp.so.1 /opt/venv/lib/ \
    && rm -rf /var/lib/apt/lists/*
COPY models/ models/
COPY services/ services/
COPY components/ components/
COPY callbacks/ callbacks/
COPY migrations/ migrations/
COPY assets/ assets/
COPY app/ app/
COPY deploy/worker_health.py deploy/worker_health.py
# The image's files are read-only for the user: what Python would write beside them is written now.
RUN /opt/venv/bin/python -m compileall -q /srv/glassbox

FROM python:3.11-slim-bookworm AS runtime
LABEL org.opencontainers.image.title="Glassbox" \
      org.opencontainers.image.description="Trading signals that show their evidence"
# A passwd entry, for programs that look up who they are; no shell, no home but the data.
RUN groupadd --gid 10001 glassbox \
    && useradd --uid 10001 --gid 10001 --no-create-home --home-dir /data --shell /usr/sbin/nologin glassbox \
    && install --directory --owner=10001 --group=10001 --mode=0750 /data
ENV PATH=/opt/venv/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    HOME=/data \
    NUMBA_CACHE_DIR=/tmp/numba \
    LD_LIBRARY_PATH=/opt/venv/lib \
    APP_ENV=prod \
    HOST=0.0.0.0 \
    PORT=8050 \
    DATA_DIR=/data \
    LOG_FORMAT=json
COPY --from=build /opt/venv /opt/venv
COPY --from=build /srv/glassbox /srv/glassbox
WORKDIR /srv/glassbox
USER 10001:10001
VOLUME ["/data"]
EXPOSE 8050
# 503, and with it an error, while the database is out of reach.
HEALTHCHECK --interval=15s --timeout=5s --start-period=60s --retries=3 \
    CMD ["python", "-c", "import os, urllib.request as r; r.urlopen('http://127.0.0.1:' + os.environ['PORT'] + '/health', timeout=4)"]
ENTRYPOINT ["python", "-m", "app"]
CMD ["web"]
