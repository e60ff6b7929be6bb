# The container action. Runs as root: GitHub's runner mounts a workspace and a Docker socket that
# only root can use ("Dockerfile support for GitHub Actions"). The service under test does not.
ARG PYTHON_IMAGE=python:3.12-slim
FROM ${PYTHON_IMAGE}
RUN apt-get update -qq \
    && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends git \
    && rm -rf /var/lib/apt/lists/*
COPY requirements.lock /tmp/requirements.lock
RUN pip install --no-cache-dir --no-compile --require-hashes -r /tmp/requirements.lock \
    && rm /tmp/requirements.lock
COPY gatekeeper /tmp/gatekeeper
RUN mv /tmp/gatekeeper "$(python -c 'import sysconfig; print(sysconfig.get_path("purelib"))')/" \
    && cd / && python -I -m gatekeeper --version
# -I: the working folder is the pull request's; none of its modules may be imported as ours.
ENTRYPOINT ["python", "-I", "-u", "-m", "gatekeeper", "action"]
