# The image of Surtitle: server, worker and commands. `docker build -t surtitle .` at the repository's root.
#
# Any Debian or Ubuntu will do as a base, with or without Python (3.11 or later). For GPUs take one that
# brings CUDA 12 and cuDNN 9: --build-arg BASE_IMAGE=nvidia/cuda:12.9.1-cudnn-runtime-ubuntu24.04
ARG BASE_IMAGE=python:3.13-slim-bookworm

# Named by who builds: hadolint cannot see that the default has a tag.
# hadolint ignore=DL3006
FROM ${BASE_IMAGE} AS base
# Versions are the base image's own: pinning them here would break with its next security update.
# hadolint ignore=DL3008
RUN python3 -c 'import ensurepip, ssl' 2> /dev/null \
  || { apt-get update -q \
    && apt-get install -y -q --no-install-recommends ca-certificates openssl python3 python3-venv \
    && rm -rf /var/lib/apt/lists/*; }

# Skia draws films with the first two; without them films are drawn plainly, by libass. espeak-ng tells Kokoro's
# voices how Spanish, French, Italian and Portuguese are said, and speaks many more languages itself.
# hadolint ignore=DL3008
RUN { ls /usr/lib/*/libEGL.so.1 /usr/lib/*/libGL.so.1 && command -v espeak-ng; } > /dev/null 2>&1 \
  || { apt-get update -q \
    && apt-get install -y -q --no-install-recommends espeak-ng libegl1 libgl1 \
    && rm -rf /var/lib/apt/lists/*; }


FROM base AS build
WORKDIR /source
# By hash, and before the source: a change of the source does not install everything again.
COPY requirements.lock requirements-build.lock ./
RUN python3 -m venv /opt/surtitle \
  && /opt/surtitle/bin/python -m pip install --no-cache-dir --require-hashes -r requirements.lock \
  && python3 -m venv /opt/build \
  && /opt/build/bin/python -m pip install --no-cache-dir --require-hashes -r requirements-build.lock
COPY pyproject.toml hatch_build.py README.md LICENSE NOTICE ./
COPY frontend ./frontend
COPY src ./src
RUN /opt/build/bin/python -m pip wheel --no-cache-dir --no-deps --no-build-isolation --wheel-dir /wheels . \
  && /opt/surtitle/bin/python -m pip install --no-cache-dir --no-deps --no-index /wheels/*.whl
# What earlier systems' people type in a container; each says what to type now.
RUN for name in flask celery rq poetry uvicorn; do \
    printf '#!/bin/sh\nexec surtitle %s "$@"\n' "$name" > "/opt/surtitle/bin/$name" \
    && chmod 0755 "/opt/surtitle/bin/$name"; \
  done


FROM base
LABEL org.opencontainers.image.title="Surtitle" \
  org.opencontainers.image.description="Recordings into transcripts, subtitles and captioned video" \
  org.opencontainers.image.licenses="Apache-2.0"
RUN groupadd --gid 10001 surtitle \
  && useradd --uid 10001 --gid 10001 --home-dir /data --no-create-home --shell /usr/sbin/nologin surtitle \
  && install --directory --owner=10001 --group=10001 --mode=0700 /data
COPY --from=build /opt/surtitle /opt/surtitle
COPY LICENSE NOTICE /usr/share/doc/surtitle/
COPY alembic.ini /opt/surtitle/alembic.ini
# A container's own loopback is reached by nobody: listen outside, and so have people sign in. Workers are
# containers of their own. The root may be read-only: what is written goes to /data and /tmp.
ENV PATH=/opt/surtitle/bin:$PATH \
  ALEMBIC_CONFIG=/opt/surtitle/alembic.ini \
  PYTHONUNBUFFERED=1 \
  PYTHONDONTWRITEBYTECODE=1 \
  SURTITLE_DATA_DIR=/data \
  SURTITLE_SERVER__AUTH=required \
  SURTITLE_SERVER__HOST=0.0.0.0 \
  SURTITLE_SERVER__WORKERS=0 \
  SURTITLE_LOG__FORMAT=json
WORKDIR /data
USER 10001:10001
VOLUME /data
EXPOSE 8000
ENTRYPOINT ["surtitle"]
CMD ["serve"]
