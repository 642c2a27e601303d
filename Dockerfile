# docker build -t botkit .
# docker run -v "$PWD:/srv/bot" -e BOT_CLIENT_ID -e BOT_CLIENT_SECRET botkit          the bot of ./bot.yaml
# docker run --network host botkit demo                                                  something to try
FROM debian:12-slim

COPY . /opt/botkit
WORKDIR /opt/botkit

# The one thing that runs. `script/fresh --bare script/bootstrap --runtime` proves it where no Docker is.
RUN script/bootstrap --runtime

USER 1000:1000
COPY --chown=1000:1000 flows /srv/bot/flows
WORKDIR /srv/bot
ENV PATH=/opt/botkit/.venv/bin:/usr/bin:/bin

# The sandbox's HTTPS, and its page. A bot alone listens nowhere.
EXPOSE 8443 8080

# A bot is well while it is connected (01) to its platform, a sandbox while it listens (0A).
HEALTHCHECK --interval=30s --timeout=5s --start-period=60s --retries=3 \
  CMD ["python", "-c", "import pathlib, sys; sys.exit(not {'01', '0A'} & {line.split()[3] for name in ('tcp', 'tcp6') for line in pathlib.Path('/proc/net', name).read_text().splitlines()[1:]})"]

ENTRYPOINT ["botkit"]
CMD ["run"]
