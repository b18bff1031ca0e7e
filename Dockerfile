# The consumer as `compose.yaml` and Kubernetes run it: what it needs and no more, not as root.
FROM python:3.13-slim AS build
WORKDIR /source
COPY pyproject.toml requirements-dev.lock README.md LICENSE ./
COPY schemas schemas
COPY producer producer
COPY consumer consumer
COPY analysis analysis
COPY embedded embedded
COPY cli cli
COPY sql sql
COPY examples examples
# The lock pins what is installed; what only development needs is not.
RUN python -m venv /benchwire \
    && /benchwire/bin/pip install --no-cache-dir --constraint requirements-dev.lock ".[cli,consumer]"

FROM python:3.13-slim
RUN useradd --system --uid 10001 --no-create-home --shell /usr/sbin/nologin benchwire
COPY --from=build /benchwire /benchwire
ENV PATH="/benchwire/bin:$PATH" \
    PYTHONUNBUFFERED=1 \
    BENCHWIRE_HEALTH_HOST=0.0.0.0 \
    BENCHWIRE_HEALTH_PORT=9464
USER benchwire
EXPOSE 9464
HEALTHCHECK --interval=5s --timeout=3s --start-period=60s --retries=12 \
    CMD ["python", "-c", "import urllib.request as r; r.urlopen('http://127.0.0.1:9464/readyz', timeout=2)"]
STOPSIGNAL SIGTERM
CMD ["python", "-m", "benchwire.consumer.main"]
