"""What the benchmarks in Python share: a folder to work in, processes that do not outlive the program, Azurite."""
import os, shutil, signal, socket, subprocess, sys, tempfile, time
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
ACCOUNT = "devstoreaccount1"
KEY = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw=="  # published: no secret
work = Path(tempfile.mkdtemp(prefix="headwater-bench.", dir=os.environ.get("TMPDIR", Path.home() / ".cache")))
processes = []


@contextmanager
def cleaned_up():
    """In the end nothing runs any more and the folder is gone."""
    try:
        yield
    finally:
        for process in processes:
            stop(process)
        shutil.rmtree(work, ignore_errors=True)


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def wait(condition, what, seconds=300):
    end = time.time() + seconds
    while time.time() < end:
        found = condition()
        if found:
            return found
        time.sleep(0.02)
    sys.exit(f"it did not come: {what}")


def start(line, log, ready, **environment):
    """Starts a program and waits until its log, a file in the folder, says that it is ready."""
    out = open(work / log, "w")
    process = subprocess.Popen([str(x) for x in line], stdout=out, stderr=out, cwd=work, env=dict(os.environ, **environment), start_new_session=True)
    processes.append(process)
    wait(lambda: ready in (work / log).read_text() or process.poll() is not None, f"{log}: {ready}")
    if process.poll() is not None:
        sys.exit((work / log).read_text())
    return process


def stop(process):
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGTERM)
        process.wait(60)


class Azurite:
    """The emulator, with a folder of its own."""

    def __init__(self):
        self.folder = work / f"azurite-{time.time_ns()}"
        self.blob, self.queue = free_port(), free_port()
        self.process = start(
            ["node", ROOT / "infra/test/azurite/node_modules/azurite/dist/src/azurite.js", "--skipApiVersionCheck", "--disableTelemetry", "--silent",
             "--location", self.folder, "--blobPort", self.blob, "--queuePort", self.queue, "--tablePort", free_port()],
            f"{self.folder.name}.log", "Queue service is successfully listening")
        self.connection = (f"DefaultEndpointsProtocol=http;AccountName={ACCOUNT};AccountKey={KEY};BlobEndpoint=http://127.0.0.1:{self.blob}/{ACCOUNT};"
                           f"QueueEndpoint=http://127.0.0.1:{self.queue}/{ACCOUNT};")

    def close(self):
        stop(self.process)
        shutil.rmtree(self.folder, ignore_errors=True)


def users():
    """A file with the user 'bench', whose password is 'secret'."""
    file = work / "users"
    if not file.exists():
        subprocess.run([ROOT / "headwater", "passwd", file, "bench"], input=b"secret\n", check=True, capture_output=True)
    return file


def registry(azurite, *options):
    """A registry over Azurite: its process, its port, its log."""
    port = free_port()
    log = f"registry-{port}.log"
    process = start([ROOT / "headwater", "up", "--port", port, "--streaming-port", free_port(), "--htpasswd", users(), *options], log, "nodes' view",
                    HEADWATER_AZURE_STORAGE=azurite.connection, HEADWATER_USERNAME="", HEADWATER_PASSWORD="")
    return process, port, work / log
