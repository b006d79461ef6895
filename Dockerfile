# docker build -t adcheck . && docker run --rm -v "$PWD:/data:ro" adcheck check campaign.md --reach nl
FROM python:3.12-slim AS build
# What is installed beside the checker: campaign (workbooks), bulk (Parquet, scans), mcp (writing assistants), ocr, provenance.
ARG EXTRAS=campaign,mcp
WORKDIR /source
COPY requirements.txt ./
RUN python -m venv /opt/adcheck && /opt/adcheck/bin/python -m pip install --no-cache-dir --disable-pip-version-check -r requirements.txt
COPY pyproject.toml requirements-*.txt README.md LICENSE ./
COPY compliance ./compliance
COPY rules ./rules
COPY templates ./templates
RUN /opt/adcheck/bin/python -m pip install --no-cache-dir --disable-pip-version-check ".[${EXTRAS}]"

FROM python:3.12-slim
COPY --from=build /opt/adcheck /opt/adcheck
ENV PATH=/opt/adcheck/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    ADCHECK_CACHE=/var/cache/adcheck
# A first check compiles the rulebook into the image, where whoever runs it can read it; nothing is fetched when it runs.
RUN useradd --create-home --uid 10001 adcheck \
    && printf 'Dol op mijn serum! Met code LISA15 krijg je 15%% korting' > /tmp/caption.txt \
    && adcheck check /tmp/caption.txt --reach nl --fail-on never > /dev/null \
    && rm /tmp/caption.txt \
    && chmod -R a+rX /var/cache/adcheck
USER 10001
WORKDIR /data
ENTRYPOINT ["adcheck"]
CMD ["--help"]
