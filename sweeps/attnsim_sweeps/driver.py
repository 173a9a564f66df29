# Sends points to a pool in chunks of a fraction of a second, and commits each chunk when it is back.
import itertools
from collections.abc import Callable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, wait

from attnsim_sweeps.errors import FAILED, SweepError
from attnsim_sweeps.pools import Answers, Pool
from attnsim_sweeps.simulator import OtherBuildError
from attnsim_sweeps.space import Settings

CHUNK_SECONDS = 0.25  # what a killed driver or worker loses at most, unless one point takes longer
MOST_IN_CHUNK = 256

Work = tuple[str, Settings, bytes]  # hash, inputs, line of simulate batch
Answered = tuple[str, Settings, bytes]  # and its answer


class ChunkSize:
    """Follows the time of a point; starts with single points."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def __call__(self) -> int:
        return max(1, min(MOST_IN_CHUNK, int(CHUNK_SECONDS / self.seconds))) if self.seconds else 1

    def learn(self, seconds: float) -> None:
        self.seconds = 0.7 * self.seconds + 0.3 * seconds if self.seconds else seconds


def _taken(answers: Answers, chunk: list[Work]) -> list[Answered]:
    return [(key, inputs, reply) for (key, inputs, _), reply in zip(chunk, answers[0], strict=True)]


def compute(work: Iterator[Work], pool: Pool, commit: Callable[[list[Answered]], None]) -> None:
    """Until the work is done. At Ctrl-C, and where a worker cannot be used, what is back by then is committed."""
    running: dict[Future[Answers], list[Work]] = {}
    size = ChunkSize()
    more = True
    try:
        while True:
            # A chunk for each worker, and one to go on with.
            while more and len(running) < 2 * pool.workers():
                chunk = list(itertools.islice(work, size()))
                more = bool(chunk)
                if chunk:
                    running[pool.submit([line for _, _, line in chunk])] = chunk
            if not running:
                return
            done, _ = wait(running, return_when=FIRST_COMPLETED)
            for task in done:
                answers = task.result()
                chunk = running.pop(task)
                size.learn(answers[1] / len(chunk))
                commit(_taken(answers, chunk))
    except OtherBuildError as error:
        raise SweepError(FAILED, str(error)) from error
    finally:
        for task, chunk in running.items():
            if task.done() and not task.cancelled() and not task.exception():
                commit(_taken(task.result(), chunk))
