"""An echo over opsdroid's websocket connector, which keeps nothing. Run by a Python that has opsdroid:

python opsdroid_echo.py PORT FOLDER      serves until it is killed, its files in an empty folder
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

CONFIG = """\
logging: {{level: critical, console: false}}
welcome-message: false
connectors: {{websocket: {{bot-name: echo, max-connections: 300, connection-timeout: 60}}}}
skills: {{echo: {{path: "{skill}"}}}}
web: {{host: 127.0.0.1, port: {port}}}
"""
SKILL = """\
from opsdroid.matchers import match_regex
from opsdroid.skill import Skill


class Echo(Skill):
    @match_regex(r".*")
    async def echo(self, message):
        await message.respond(message.text)
"""


def main(port: str, folder: Path) -> None:
    os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
    skill, config = folder / "echo.py", folder / "configuration.yaml"
    skill.write_text(SKILL)
    config.write_text(CONFIG.format(skill=skill, port=port))
    os.chdir(folder)
    os.environ["HOME"] = str(folder)
    os.execv(sys.executable, [sys.executable, "-m", "opsdroid", "start", "-f", str(config)])


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
