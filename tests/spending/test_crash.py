"""Never an under-count: killed anywhere, two at once, on a full disk.

Each test runs a script in a process of its own that forks the ones that die. What must hold is always the same: whoever
came to read rows has his reservation in the ledger.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

START = """
import os, random, signal, sys, time
from pathlib import Path
from synthgen.errors import LedgerError, SpentError
from synthgen.privacy import Budget
from synthgen.privacy.accounting import Totals
from synthgen.spending import Spending

FOLDER = Path(sys.argv[1])
COST = Totals(mu=0.01)

def made(name, epsilon=10):
    return Spending.create(FOLDER / name, dataset="d", budget=Budget(epsilon=epsilon, delta=1e-6))

def child(work):
    number = os.fork()
    if number == 0:
        try:
            work()
        finally:
            os._exit(0)
    return number

def run(spending, touched):
    "A fit: reserve, read rows (a mark on the disk tells that it did), commit."
    reservation = spending.reserve(COST, what="a fit")
    mark = os.open(touched, os.O_CREAT | os.O_WRONLY)
    os.close(mark)
    reservation.commit()

def entries(spending):
    return len([entry for entry in spending.shown().entries if entry.counts])
"""

AT_EVERY_LINE = """
def dying(spending, touched, at):
    left = [at]
    def trace(frame, event, argument):
        if "/spending/" not in frame.f_code.co_filename and "test" not in frame.f_code.co_filename:
            return None
        left[0] -= 1
        if left[0] == 0:
            os.kill(os.getpid(), signal.SIGKILL)
        return trace
    sys.settrace(trace)
    run(spending, touched)
    sys.settrace(None)
    (FOLDER / "finished").touch()

at, kills, lost = 1, 0, 0
step = int(sys.argv[2])
spending = made("l")
while not (FOLDER / "finished").exists():
    before, touched = entries(spending), FOLDER / f"touched{at}"
    os.waitpid(child(lambda: dying(spending, touched, at)), 0)
    after = entries(spending)               # opens, checks the chain and the witness
    assert after in (before, before + 1)
    assert after == before + 1 or not touched.exists(), f"an under-count at line {at}"
    kills, at = kills + 1, at + step
    if after > 8:
        spending = made(f"l{at}")           # a short ledger, so that lines stay few
states = {entry.state for entry in spending.shown().entries}
spending.reserve(COST, what="a fit after all that").commit()
print(kills, sorted(states))
"""

AT_ANY_TIME = """
begun = time.monotonic()
run(made("timing"), FOLDER / "t")
usual = time.monotonic() - begun
spending, random = made("l"), random.Random(7)
for turn in range(int(sys.argv[2])):
    before, touched = entries(spending), FOLDER / f"touched{turn}"
    number = child(lambda: run(spending, touched))
    time.sleep(random.uniform(0, 1.5 * usual))
    os.kill(number, signal.SIGKILL)
    os.waitpid(number, 0)
    after = entries(spending)
    assert after == before + 1 or (after == before and not touched.exists()), f"an under-count in turn {turn}"
    if after > 8:
        spending = made(f"l{turn}")
print("sound")
"""

AT_ONCE = """
spending = made("l")
third = Totals(mu=1.8 / 3**0.5)             # three fit into epsilon 10, and no fourth
def race(touched):
    try:
        spending.reserve(third, what="a fit")
        touched.touch()
    except SpentError:
        pass
running = [child(lambda turn=turn: race(FOLDER / f"touched{turn}")) for turn in range(8)]
for number in running:
    os.waitpid(number, 0)
told = spending.shown()
print(len(list(FOLDER.glob("touched*"))), len(told.entries), told.total <= 10)
"""

ON_A_FULL_DISK = """
refused = let = 0
spending = made("l")
filler = FOLDER / "filler"
for free in range(0, 72 * 1024, 4096):
    before = entries(spending)
    with filler.open("wb", buffering=0) as file:
        try:
            while True:
                file.write(bytes(4096))
        except OSError:
            pass
    with filler.open("r+b") as file:
        file.truncate(max(filler.stat().st_size - free, 0))
    try:
        spending.reserve(COST, what="a fit")
        let += 1
        touched = True
    except LedgerError as error:
        assert "\\n" not in str(error)
        refused, touched = refused + 1, False
    filler.unlink()
    after = entries(spending)               # whole, once there is room again
    assert after == before + 1 or (after == before and not touched), f"an under-count with {free} bytes free"
print(refused > 0, let > 0)
"""


def played(script: str, folder: Path, *more: object, before: tuple[str, ...] = ()) -> str:
    folder.mkdir(exist_ok=True)
    line = [*before, sys.executable, "-c", START + script, str(folder), *map(str, more)]
    done = subprocess.run(line, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


@pytest.mark.parametrize("step", [61, pytest.param(1, marks=pytest.mark.slow)])
def test_killed_at_any_line_there_is_no_under_count(tmp_path: Path, step: int) -> None:
    kills, states = played(AT_EVERY_LINE, tmp_path, step).split(" ", 1)
    assert int(kills) * step > 500
    assert "spent" in states


@pytest.mark.parametrize("turns", [8, pytest.param(400, marks=pytest.mark.slow)])
def test_killed_at_any_moment_there_is_no_under_count(tmp_path: Path, turns: int) -> None:
    assert played(AT_ANY_TIME, tmp_path, turns) == "sound"


def test_of_eight_processes_at_once_only_those_come_in_that_fit(tmp_path: Path) -> None:
    assert played(AT_ONCE, tmp_path) == "3 3 True"


def test_a_full_disk_refuses_and_nothing_is_lost(tmp_path: Path) -> None:
    if shutil.which("unshare") is None or not hasattr(os, "fork"):
        pytest.skip("no unshare here: a small disk cannot be mounted")
    small = ("unshare", "-rm", "sh", "-c", f'mount -t tmpfs -o size=96k none "{tmp_path}" && exec "$@"', "sh")
    if subprocess.run([*small, "true"], capture_output=True, check=False).returncode:
        pytest.skip("a small disk cannot be mounted here")
    assert played(ON_A_FULL_DISK, tmp_path, before=small) == "True True"


LIMITED = """
import resource
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
spending = made("l")
for _ in range(20):
    spending.reserve(Totals(mu=0.01), what="w" * 400)
for limit in range(0, 80 * 1024, int(sys.argv[2])):
    before = entries(spending)
    touched = FOLDER / f"touched{limit}"
    def work():
        resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
        try:
            spending.reserve(COST, what="a fit")
        except LedgerError:
            os._exit(3)
        touched.touch()
    _, code = os.waitpid(child(work), 0)
    after = entries(spending)
    assert after == before + 1 or (after == before and not touched.exists()), f"an under-count at {limit} bytes"
print(len(list(FOLDER.glob("touched*"))) > 0)
"""


@pytest.mark.parametrize("step", [9216, pytest.param(512, marks=pytest.mark.slow)])
def test_a_write_that_stops_half_way_is_no_under_count(tmp_path: Path, step: int) -> None:
    assert played(LIMITED, tmp_path, step) == "True"
