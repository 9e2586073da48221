"""A page in headless Chromium: what it asks the network for, and what it looks like once its script has run."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

import pytest

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
needs_chromium = pytest.mark.skipif(CHROMIUM is None, reason="needs Chromium (Debian's package chromium)")
_ALONE = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
    "--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1",
)  # fmt: skip
"""No name is looked up: what the browser itself would like to ask its maker goes nowhere."""


def opened(page: Path, folder: Path, width: int = 1200) -> tuple[str, list[str], str]:
    """The page as it stands after its script has run, the addresses that it asked for, and what the browser said.

    Requests that the browser makes for itself have no origin and are none of the page's.
    """
    log = folder / "net.json"
    assert CHROMIUM is not None
    ran = subprocess.run(
        [
            CHROMIUM, *_ALONE, f"--user-data-dir={folder / 'profile'}", f"--window-size={width},1400",
            f"--log-net-log={log}", "--enable-logging=stderr", "--virtual-time-budget=4000", "--dump-dom",
            page.as_uri(),
        ],
        capture_output=True, text=True, timeout=90, check=True,
    )  # fmt: skip
    text = log.read_text(encoding="utf-8", errors="replace")
    try:
        events = json.loads(text)["events"]
    except ValueError:  # the log of a browser that ended early lacks its end
        events = json.loads(text.rstrip().rstrip(",") + "]}")["events"]
    asked = [
        event["params"]["url"]
        for event in events
        if event.get("params", {}).get("initiator", "not an origin") != "not an origin"
    ]
    return ran.stdout, asked, ran.stderr
