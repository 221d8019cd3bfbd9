# The image of web, worker, beat and migrate. Its commands are those of `python -m receivables.serve`.
FROM python:3.13-slim-trixie AS build
COPY --from=ghcr.io/astral-sh/uv:0.13.9 /uv /usr/local/bin/uv
ENV UV_COMPILE_BYTECODE=1 UV_LINK_MODE=copy UV_PYTHON_DOWNLOADS=never
WORKDIR /app
# Only the lock is mounted, so this layer stays until the lock changes.
RUN --mount=type=cache,target=/root/.cache/uv \
    --mount=type=bind,source=requirements.lock,target=requirements.lock \
    uv venv --quiet .venv && uv pip sync --require-hashes --python .venv/bin/python requirements.lock
COPY . .
# The secrets made for this one command stay in this stage.
RUN .venv/bin/python dev.py translate && DATA_DIR=/tmp/build .venv/bin/python manage.py collectstatic --no-input

FROM python:3.13-slim-trixie
# What WeasyPrint needs; receivables/up/machine.py names the same. Versions are Debian's, with its security updates.
# hadolint ignore=DL3008
RUN apt-get update \
    && apt-get install -y --no-install-recommends libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0 fonts-liberation \
    && rm -rf /var/lib/apt/lists/* \
    && install -d -o 10001 -g 10001 -m 700 /data
COPY --from=build /app /app
WORKDIR /app
ENV PATH=/app/.venv/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 DATA_DIR=/data BIND=0.0.0.0:8000
USER 10001:10001
EXPOSE 8000
ENTRYPOINT ["python", "-m", "receivables.serve"]
CMD ["web"]
