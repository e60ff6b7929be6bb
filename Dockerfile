# The container action. Runs as root: GitHub's runner mounts a workspace and a Docker socket that
# only root can use ("Dockerfile support for GitHub Actions"). The service under test does not.
ARG PYTHON_IMAGE=python:3.12-slim

FROM ${PYTHON_IMAGE} AS installed
COPY requirements.lock /tmp/requirements.lock
RUN python -m venv --without-pip /opt/gatekeeper \
    && pip --python /opt/gatekeeper/bin/python install --no-cache-dir --require-hashes \
        -r /tmp/requirements.lock
COPY gatekeeper /tmp/gatekeeper
# The commit that `--version` names, of 40 or 64 digits: the context has no git to ask.
ARG COMMIT=
RUN cd /opt/gatekeeper/lib/python3.*/site-packages && mv /tmp/gatekeeper . \
    && if [ -n "$COMMIT" ]; then echo "$COMMIT" > gatekeeper/COMMIT; fi \
    && /opt/gatekeeper/bin/python -m compileall -q gatekeeper

FROM ${PYTHON_IMAGE}
# Of git only what is written in C: no perl. Of Docker only the client that can speak to BuildKit:
# Debian 13 has it in packages of its own, Debian 12 beside the engine.
RUN apt-get update -qq && export DEBIAN_FRONTEND=noninteractive \
    && apt-get install -y -qq --no-install-recommends git \
    && if apt-cache show docker-buildx >/dev/null 2>&1; then \
        apt-get install -y -qq --no-install-recommends docker-cli docker-buildx; \
    else \
        cd /tmp && apt-get download -qq docker.io && dpkg-deb --fsys-tarfile docker.io_*.deb \
        | tar -x -C / ./usr/bin/docker && rm docker.io_*.deb; \
    fi \
    && dpkg --purge --force-depends perl liberror-perl git-man \
        $(dpkg-query -W -f '${Package} ' 'perl-modules-5*' 'libperl5*') \
    && apt-get clean \
    && rm -rf /var/lib/apt/lists/* /var/cache/apt/* /usr/share/doc/* /usr/share/locale/* \
        $(python -c 'import pip; print(*pip.__path__)') \
    && docker --version && git --version
COPY --from=installed /opt/gatekeeper /opt/gatekeeper
# What the job's home says of Docker is not followed: earlier steps can write there.
ENV PATH=/opt/gatekeeper/bin:${PATH} DOCKER_CONFIG=/opt/gatekeeper/docker
RUN printf '#!/bin/sh\nexec python -I -u -m gatekeeper tidy\n' > /usr/local/bin/gatekeeper-tidy \
    && printf '#!/bin/sh\nexec python -I -u -m gatekeeper "$@"\n' > /usr/local/bin/gatekeeper \
    && chmod +x /usr/local/bin/gatekeeper-tidy /usr/local/bin/gatekeeper && cd / \
    && gatekeeper --version
# -I: the working folder is the pull request's; none of its modules may be imported as ours.
ENTRYPOINT ["python", "-I", "-u", "-m", "gatekeeper", "action"]
