# One long-lived `simulate batch` process a thread: lines in, lines out. Dask sends this module to its workers as it is,
# so it imports nothing of the package and keeps its state on the thread, not in the module.
import hashlib
import json
import subprocess
import threading
import time
from pathlib import Path

ATTEMPTS = 5  # of one point, before the process that ends under it is the point's error


class OtherBuildError(Exception):
    """The executable is not the one that the sweep was started with."""


def digest_of(executable: str) -> str:
    return hashlib.sha256(Path(executable).read_bytes()).hexdigest()[:12]


class Simulator:
    """Starts its process when it is first asked, and again after it was killed."""

    def __init__(self, executable: str, digest: str) -> None:
        self.executable = executable
        self.digest = digest
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> subprocess.Popen[bytes]:
        found = digest_of(self.executable)
        if found != self.digest:
            raise OtherBuildError(f"{self.executable} is build {found} here, {self.digest} where the sweep was started")
        # In a session of its own: Ctrl-C in the terminal is for the driver, which ends its processes itself.
        return subprocess.Popen([self.executable, "batch"], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                stderr=subprocess.DEVNULL, start_new_session=True)

    def answer(self, line: bytes) -> bytes:
        """The process's answer, or the error that it ended ATTEMPTS times."""
        status: int | None = None
        for _ in range(ATTEMPTS):
            if self.process is None:
                self.process = self.start()
            assert self.process.stdin is not None and self.process.stdout is not None
            try:
                self.process.stdin.write(line + b"\n")
                self.process.stdin.flush()
                reply = self.process.stdout.readline()
            except BrokenPipeError:
                reply = b""
            if reply.endswith(b"\n"):
                return reply
            status = self.close()
        ended = f"signal {-status}" if status is not None and status < 0 else f"exit code {status}"
        message = f"the simulator ended with {ended} each of {ATTEMPTS} times"
        return json.dumps({"error": {"code": 1, "message": message}}).encode()

    def close(self) -> int | None:
        process, self.process = self.process, None
        if process is None:
            return None
        process.kill()
        status = process.wait()
        for stream in (process.stdin, process.stdout):
            assert stream is not None
            try:
                stream.close()
            except BrokenPipeError:
                pass
        return status


def answer_lines(executable: str, digest: str, lines: list[bytes]) -> tuple[list[bytes], float]:
    """The answers of this thread's process, which stays for the next call, and the seconds that they took."""
    start = time.monotonic()
    thread = threading.current_thread()
    simulator = getattr(thread, "attnsim_simulator", None)
    if simulator is None or (simulator.executable, simulator.digest) != (executable, digest):
        if simulator is not None:
            simulator.close()
        simulator = Simulator(executable, digest)
        thread.attnsim_simulator = simulator  # type: ignore[attr-defined]
    return [simulator.answer(line) for line in lines], time.monotonic() - start
