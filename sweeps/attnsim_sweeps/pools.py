# Where points are computed: threads of this machine, each with a simulator, or the workers of a Dask cluster.
import socket
import threading
import urllib.parse
import urllib.request
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, Protocol

from attnsim_sweeps import simulator
from attnsim_sweeps.errors import FAILED, SweepError

Answers = tuple[list[bytes], float]  # and the seconds that they took
LOST_WORKERS = 5  # of one task on a cluster, before the sweep gives up


class Pool(Protocol):
    """`submit` answers some lines of simulate batch; `workers` is how many it does at once."""

    def submit(self, lines: list[bytes]) -> "Future[Answers]": ...

    def workers(self) -> int: ...

    def close(self) -> None:
        """Ends what is under way."""


class LocalPool:
    """`jobs` threads. A simulator that is killed is started again by its thread."""

    def __init__(self, executable: str, digest: str, jobs: int) -> None:
        self.executable, self.digest, self.jobs = executable, digest, jobs
        self.threads: list[threading.Thread] = []
        self.executor = ThreadPoolExecutor(jobs, "simulator")

    def submit(self, lines: list[bytes]) -> "Future[Answers]":
        return self.executor.submit(self._answer, lines)

    def _answer(self, lines: list[bytes]) -> Answers:
        thread = threading.current_thread()
        if thread not in self.threads:
            self.threads.append(thread)
        return simulator.answer_lines(self.executable, self.digest, lines)

    def workers(self) -> int:
        return self.jobs

    def close(self) -> None:
        self.executor.shutdown(wait=False, cancel_futures=True)
        for thread in list(self.threads):
            own = getattr(thread, "attnsim_simulator", None)
            if own is not None and own.process is not None:
                own.executable = "/bin/false"  # what its thread still asks for is answered at once, and not kept
                own.process.kill()
        self.executor.shutdown(wait=True)
        for thread in self.threads:
            own = getattr(thread, "attnsim_simulator", None)
            if own is not None:
                own.close()


def _knock(address: str, timeout_seconds: float) -> None:
    """Throws OSError or ValueError at once where nobody listens; Dask would try again and again."""
    parts = urllib.parse.urlsplit(address)
    if not parts.hostname or not parts.port:
        raise ValueError(address)
    socket.create_connection((parts.hostname, parts.port), timeout_seconds).close()


class DaskPool:
    """The workers of a cluster that runs already. They need the repository at the same path, built, and its digest."""

    def __init__(self, executable: str, digest: str, address: str, timeout_seconds: float = 20) -> None:
        silent = SweepError(FAILED, f"--scheduler {address}: no Dask scheduler answers there; start one with: "
                                    "dask-scheduler")
        try:
            _knock(address, timeout_seconds)
        except (OSError, ValueError) as error:
            raise silent from error
        import logging

        import cloudpickle
        import distributed

        for name in ("distributed", "asyncio", "tornado"):
            logging.getLogger(name).setLevel(logging.CRITICAL)
        self.killed_worker: type[Exception] = distributed.scheduler.KilledWorker
        try:
            self.client = distributed.Client(address, timeout=timeout_seconds, name="attnsim sweep")
        except (OSError, TimeoutError, ValueError) as error:
            raise silent from error
        try:
            self.client.wait_for_workers(1, timeout=timeout_seconds)
        except TimeoutError as error:
            self.client.close()
            raise SweepError(FAILED, f"--scheduler {address}: it has no workers; start some with: "
                                     f"dask-worker {address}") from error
        cloudpickle.register_pickle_by_value(simulator)
        self.executable, self.digest = executable, digest

    def submit(self, lines: list[bytes]) -> "Future[Answers]":
        """Dask starts a lost worker's task elsewhere; where it blames the task, it is submitted again."""
        answer: Future[Answers] = Future()
        self._start(lines, answer, 1)
        return answer

    def _start(self, lines: list[bytes], answer: "Future[Answers]", attempt: int) -> None:
        task = self.client.submit(simulator.answer_lines, self.executable, self.digest, lines, pure=False)

        def done(task: Any) -> None:
            error = task.exception() if task.status == "error" else None
            if isinstance(error, self.killed_worker) and attempt < LOST_WORKERS:
                self._start(lines, answer, attempt + 1)
            elif error is not None:
                answer.set_exception(error)
            elif task.status == "finished":
                answer.set_result(task.result())
            elif not answer.cancelled():
                answer.set_exception(SweepError(FAILED, "the Dask cluster went away; start it and use --resume"))
        task.add_done_callback(done)

    def workers(self) -> int:
        return max(1, sum(self.client.nthreads().values()))

    def dashboard(self) -> str | None:
        """Its address, where it runs: a scheduler names one anyway, and without Bokeh answers that it is missing."""
        try:
            with urllib.request.urlopen(self.client.dashboard_link, timeout=2) as page:
                return None if b"needs bokeh" in page.read() else self.client.dashboard_link
        except (OSError, ValueError):
            return None

    def close(self) -> None:
        self.client.close()
