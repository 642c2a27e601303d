# docker build -t botkit .
# docker run --network host botkit demo      something to try
# docker compose up                          see compose.yaml
#
# The bot of ./bot.yaml, with `state` beside it; as yourself, so that it may read and write there:
#
#   docker run --user "$(id -u):$(id -g)" -v "$PWD:/srv/bot" -e BOT_CLIENT_ID -e BOT_CLIENT_SECRET botkit
FROM debian:12-slim

COPY . /opt/botkit
WORKDIR /opt/botkit

# `script/fresh --bare script/bootstrap --runtime` proves it where no Docker is.
RUN PIP_NO_CACHE_DIR=1 script/bootstrap --runtime && rm -rf /var/lib/apt/lists/*
# `store: postgresql://...`, as in compose.yaml.
RUN .venv/bin/python -m pip install --no-cache-dir --editable '.[postgres]'
# Its user may write nothing here: Python would read the source at each start.
RUN .venv/bin/python -m compileall -q botkit plugins
# What the bot writes is its own. A named volume that is mounted there takes over the owner, a folder does not.
RUN install -d -o 1000 -g 1000 /srv/bot /srv/bot/state

USER 1000:1000
WORKDIR /srv/bot
ENV PATH=/opt/botkit/.venv/bin:/usr/bin:/bin PYTHONUNBUFFERED=1

# The bot's own HTTP (`web: {listen: 0.0.0.0:8090}`); the sandbox's HTTPS, and its page.
EXPOSE 8090 8443 8080

# It drains: calls may talk to their end. Give it longer than bot.yaml's `drain` before it is killed.
STOPSIGNAL SIGTERM

HEALTHCHECK --interval=30s --timeout=5s --start-period=60s --retries=3 \
  CMD ["python", "-m", "botkit.web.probe"]

ENTRYPOINT ["botkit"]
CMD ["run"]
