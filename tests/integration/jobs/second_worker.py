"""A worker whose one job is made for tests: ``python -m tests.integration.jobs.second_worker``.

It ingests by writing one dataset that bears its process's number. While FOLDER/hold exists it waits, before
its transaction or within it. With ``every-second`` the job is due each second.
"""

import os
import sys
import time
from pathlib import Path

from apscheduler.triggers.cron import CronTrigger

import app.worker
import services.jobs.runner
from app.clock import SystemClock
from app.processes import stop_on_signals
from app.worker import Worker
from models.domain.jobs import JobName, JobResult
from models.domain.market import Dataset, PriceBasis
from models.domain.settings import Settings
from services.jobs.registry import Job
from services.storage.engine import open_engine

CLOCK = SystemClock()


class Handlers:
    """Both jobs, noting in FOLDER/log what they do."""

    def __init__(self, folder, where):
        self.folder, self.where = folder, where

    def note(self, *words):
        with (self.folder / "log").open("a", encoding="ascii") as file:
            file.write(" ".join(map(str, (os.getpid(), *words))) + "\n")

    def wait(self, where):
        while where == self.where and (self.folder / "hold").exists():
            time.sleep(0.02)

    def ingest(self, open_work, progress, parameters):
        self.note("ingest")
        try:
            self.wait("outside")
            with open_work() as work:
                work.datasets.save(Dataset("fake", "f", str(os.getpid()), PriceBasis.RAW), CLOCK.now())
                self.note("wrote")
                self.wait("inside")
                work.commit()
        except Exception as error:
            self.note("refused", type(error).__name__)
            raise
        self.note("committed")
        return JobResult(1, "one dataset")

    def score(self, open_work, progress, parameters):
        self.note("score")
        return JobResult(0, "")


class EverySecond:
    """In the place of CronTrigger, whose crontab knows no seconds."""

    @staticmethod
    def from_crontab(_, timezone):
        return CronTrigger(second="*", timezone=timezone)


class SecondClock(SystemClock):
    """Its seconds are the schedule's minutes: a tick is known by the second it was due."""

    def now(self):
        return Tick.fromtimestamp(super().now().timestamp(), super().now().tzinfo)


class Tick(type(CLOCK.now())):
    """A moment of the schedule."""

    def replace(self, **parts):
        to_the_minute = parts == {"second": 0, "microsecond": 0}
        return super().replace(**({"microsecond": 0} if to_the_minute else parts))


def main(url, folder, mode):
    handlers = Handlers(Path(folder), mode)
    app.worker.build_handlers = lambda *_: {
        JobName.INGEST_BARS: handlers.ingest,
        JobName.SCORE_INDICATORS: handlers.score,
    }
    services.jobs.runner.jobs_after = lambda _: iter(())
    ticking = mode == "every-second"
    if ticking:
        app.worker.CronTrigger = EverySecond
    app.worker.JOBS = (Job(JobName.INGEST_BARS, "Ticking", cron="* * * * *"),) if ticking else ()
    stop = stop_on_signals()
    handlers.note("up")
    clock = SecondClock() if ticking else CLOCK
    Worker(open_engine(url), open_engine(url, pooled=False), clock, Settings()).run(stop)


if __name__ == "__main__":
    main(*sys.argv[1:])
