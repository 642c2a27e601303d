"""Known vulnerabilities in what is installed in .venv: .ci/audit.py [PIP_AUDIT]

Ends with 1 when there is one. Where the advisory service cannot be asked it says what was not checked, and
ends with 0: a network that is away is no reason to hold back a change.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import NotRequired, TypedDict

MINUTES = 5
OWN = "botkit"


class Fault(TypedDict):
    """What is known against a version."""

    id: str
    fix_versions: list[str]


class Audited(TypedDict):
    """What pip-audit tells of a package."""

    name: str
    version: NotRequired[str]
    vulns: NotRequired[list[Fault]]
    skip_reason: NotRequired[str]


def main() -> int:
    program = sys.argv[1] if len(sys.argv) > 1 else str(Path(__file__).parents[1] / ".venv/bin/pip-audit")
    command = [program, "--format", "json", "--progress-spinner", "off", "--local"]
    try:
        done = subprocess.run(
            command,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=60 * MINUTES,
            check=False,
        )
        told: list[Audited] = json.loads(done.stdout)["dependencies"]
    except FileNotFoundError:
        return not_checked(f"{program} is not installed")
    except subprocess.TimeoutExpired:
        return not_checked(f"the advisory service took more than {MINUTES} minutes")
    except (ValueError, KeyError):
        reason = (done.stderr.strip().splitlines() or ["no reason was given"])[-1]
        return not_checked(f"the advisory service cannot be asked: {reason[:200]}")
    others = [each for each in told if each["name"] != OWN]
    skipped = [each["name"] for each in others if "skip_reason" in each]
    found = [(each, fault) for each in others for fault in each.get("vulns", [])]
    for each, fault in found:
        mended = ", ".join(fault["fix_versions"]) or "no version yet"
        print(f"audit: {each['name']} {each['version']} has {fault['id']}; mended in {mended}")
    if skipped and len(skipped) == len(others):
        return not_checked(f"the advisory service knows none of the {len(others)} packages")
    if skipped:
        print(f"audit: NOT CHECKED: {len(skipped)} of {len(others)} packages: {', '.join(skipped)}")
    print(f"audit: {len(others) - len(skipped)} packages checked, {len(found)} known vulnerabilities")
    return 1 if found else 0


def not_checked(reason: str) -> int:
    print(f"audit: NOT CHECKED: {reason}")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
