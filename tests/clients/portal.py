"""The program under test, serving on a port and a database of its own, with people and their tokens."""

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
PROGRAM = ROOT / "target/debug/alluvium"
PASSWORD = "correct horse battery staple"


class Portal:
    """Starts with the object, ends with `stop`."""

    def __init__(self, **settings: str):
        self.folder = Path(tempfile.mkdtemp(prefix="alluvium-clients-"))
        # The embedded Postgres runs as another user where we are root.
        self.folder.chmod(0o755)
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        self.url = f"http://127.0.0.1:{port}"
        self.environment = {
            **{name: value for name, value in os.environ.items() if name != "DATABASE_URL"},
            "ALLUVIUM_DATA_DIR": str(self.folder / "data"),
            "ALLUVIUM_ADDR": f"127.0.0.1:{port}",
            "ALLUVIUM_CONTENT_DIR": str(self.folder / "no-content"),
            "ALLUVIUM_ENCODER": "none",
            "ALLUVIUM_BACKGROUND_TRAINING": "false",
            "ALLUVIUM_RATE_LIMIT": "0",
            "RUST_LOG": "warn",
            **settings,
        }
        self.log = open(self.folder / "log", "w+")
        self.child = subprocess.Popen(
            [PROGRAM, "serve"], cwd=ROOT, env=self.environment, stdout=subprocess.PIPE, stderr=self.log, text=True
        )
        for line in self.child.stdout:
            if "sign-in/link" in line:
                break
        else:
            raise RuntimeError(f"the program did not start:\n{self.messages()}")

    def messages(self) -> str:
        """What the program said to standard error."""
        self.log.flush()
        return (self.folder / "log").read_text()

    def command(self, *arguments: str, text: str = "") -> str:
        """Runs the program with a command on the same data."""
        done = subprocess.run(
            [PROGRAM, *arguments], cwd=ROOT, env=self.environment, input=text, capture_output=True, text=True, check=False
        )
        if done.returncode != 0:
            raise RuntimeError(done.stdout + done.stderr)
        return done.stdout

    def person(self, name: str, role: str, *, events: bool = False) -> str:
        """Adds a person, whose password is PASSWORD; answers with an API token of theirs, which may send events of any shopper where that is asked for."""
        link = self.command("user", "add", name, "--role", role)
        secret = re.search(r"token=(\S+)", link).group(1)
        token = subprocess.run(
            [sys.executable, ROOT / "tests/http/token.py", self.url, secret, PASSWORD, *(["--events"] if events else [])],
            capture_output=True,
            text=True,
            check=True,
        )
        return token.stdout.strip()

    def stop(self) -> None:
        self.child.send_signal(signal.SIGINT)
        for _ in range(150):
            if self.child.poll() is not None:
                break
            time.sleep(0.1)
        else:
            self.child.kill()
        self.child.wait()
        self.child.stdout.close()
        self.log.close()
        shutil.rmtree(self.folder, ignore_errors=True)
