# docker build -t adcheck . && docker run --rm -v "$PWD:/data:ro" adcheck check campaign.md --reach nl
FROM python:3.12-slim AS build
WORKDIR /source
COPY requirements.txt ./
RUN python -m venv /opt/adcheck && /opt/adcheck/bin/python -m pip install --no-cache-dir --disable-pip-version-check -r requirements.txt
COPY pyproject.toml requirements-*.txt README.md LICENSE ./
COPY compliance ./compliance
COPY rules ./rules
COPY templates ./templates
RUN /opt/adcheck/bin/python -m pip install --no-cache-dir --disable-pip-version-check --no-deps .

FROM python:3.12-slim
COPY --from=build /opt/adcheck /opt/adcheck
# The rulebook is compiled once, into the image; nothing is fetched when it runs.
ENV PATH=/opt/adcheck/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    ADCHECK_CACHE=/var/cache/adcheck
RUN useradd --create-home --uid 10001 adcheck && install -d -o adcheck /var/cache/adcheck
USER 10001
RUN ["adcheck", "rules", "list", "--reach", "nl"]
WORKDIR /data
ENTRYPOINT ["adcheck"]
CMD ["--help"]
