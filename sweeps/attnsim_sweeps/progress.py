# What is on stderr while points are computed: a bar with rate and time left on a terminal, else a line now and then.
import sys
import time

BAR = 28
SECONDS_BETWEEN_LINES = 30.0  # where stderr is no terminal


def duration(seconds: float) -> str:
    """1:05:09, 5:09 or 0:09."""
    whole = max(0, round(seconds))
    hours, minutes = whole // 3600, whole // 60 % 60
    return f"{hours}:{minutes:02d}:{whole % 60:02d}" if hours else f"{minutes}:{whole % 60:02d}"


class Progress:
    def __init__(self, total: int, what: str = "points") -> None:
        self.total, self.what = total, what
        self.done = self.failed = 0
        self.start = time.monotonic()
        self.is_terminal = sys.stderr.isatty()
        self.last = self.start if not self.is_terminal else 0.0

    def add(self, done: int, failed: int) -> None:
        self.done += done
        self.failed += failed
        now = time.monotonic()
        if now - self.last >= (0.1 if self.is_terminal else SECONDS_BETWEEN_LINES):
            self.last = now
            self._write(now)

    def _write(self, now: float) -> None:
        rate = self.done / max(now - self.start, 1e-9)
        left = f"{duration((self.total - self.done) / rate)} left" if rate > 0 else ""
        failed = f", {self.failed} failed" if self.failed else ""
        text = f"{self.done}/{self.total} {self.what}{failed}  {rate:.1f}/s  {left}"
        if self.is_terminal:
            filled = BAR * self.done // max(self.total, 1)
            sys.stderr.write(f"\r[{'#' * filled}{'.' * (BAR - filled)}] {text}\x1b[K")
            sys.stderr.flush()
        else:
            print(text, file=sys.stderr)

    def finish(self) -> None:
        if self.is_terminal:
            self._write(time.monotonic())
            sys.stderr.write("\n")
