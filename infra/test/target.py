"""The registry that infra/test/attack attacks, and a client of it."""
import base64, hashlib, http.client, json, os, re, shlex, signal, subprocess, time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
COMMAND = shlex.split(os.environ.get("HEADWATER_COMMAND", "")) or [str(ROOT / "headwater")]
USERS = {"alice": "secret", "eve": "evil"}
RULES = {"rules": [
    {"who": ["user:alice"], "repositories": ["victim/*"], "actions": ["*"]},
    {"who": ["user:eve"], "repositories": ["eve/*"], "actions": ["*"]},
]}
START_SECONDS = 120


class Broken(Exception):
    """What was to hold does not."""


def check(holds, what):
    if not holds:
        raise Broken(what)


class Client:
    """Requests of one user, each on a connection of its own unless the last one was kept."""

    def __init__(self, port, authorization=""):
        self.port, self.authorization = port, authorization

    def call(self, method, path, body=None, headers=None, timeout=60):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=timeout)
        try:
            given = {"Authorization": self.authorization} if self.authorization else {}
            connection.request(method, path, body, {**given, **(headers or {})})
            answer = connection.getresponse()
            return answer.status, answer.headers, answer.read()
        except http.client.HTTPException as e:
            raise OSError(f"no answer to {method} {path}: {e!r}") from e
        finally:
            connection.close()

    def blob(self, repository, data):
        name = "sha256:" + hashlib.sha256(data).hexdigest()
        status, _, answer = self.call("POST", f"/v2/{repository}/blobs/uploads/?digest={name}", data, {"Content-Type": "application/octet-stream"})
        if status != 201:
            raise OSError(f"a blob was answered {status}: {answer[:200]}")


class Registry:
    """`up` over a folder, on ports of its own."""

    def __init__(self, folder):
        self.folder = folder
        users, rules = folder / "users", folder / "rules.json"
        if not users.exists():
            for name, password in USERS.items():
                subprocess.run([*COMMAND, "passwd", str(users), name], input=password.encode() + b"\n", check=True, capture_output=True)
            rules.write_text(json.dumps(RULES))
        self.log = folder / "log"
        with open(self.log, "w") as out:
            self.process = subprocess.Popen(
                [*COMMAND, "up", "--data", str(folder / "data"), "--port", "0", "--streaming-port", "0", "--htpasswd", str(users), "--access", str(rules)],
                stdout=out, stderr=out, cwd=folder, start_new_session=True, env={**os.environ, "HEADWATER_LOG_LEVEL": "INFO"})
        end = time.time() + START_SECONDS
        while True:
            found = re.search(r"Registry on 127\.0\.0\.1:(\d+), nodes' view on 127\.0\.0\.1:(\d+)", self.log.read_text(errors="replace"))
            if found:
                break
            if self.process.poll() is not None or time.time() > end:
                self.kill()
                raise SystemExit("the registry does not start:\n" + self.log.read_text(errors="replace"))
            time.sleep(0.02)
        self.port, self.streaming_port = int(found[1]), int(found[2])

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.kill()

    def client(self, user="", password=None):
        credentials = f"{user}:{USERS.get(user) if password is None else password}".encode()
        return Client(self.port, "Basic " + base64.b64encode(credentials).decode() if user else "")

    def node(self):
        return Client(self.streaming_port, self.client("alice").authorization)

    def is_alive(self):
        return self.process.poll() is None

    def kill(self):
        if self.is_alive():
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait(60)

    def check_ready(self):
        """It still runs, and says that it is ready."""
        check(self.is_alive(), f"the registry has ended with {self.process.returncode}: {self.log.read_text(errors='replace')[-1000:]}")
        for attempt in range(30):
            try:
                if self.client().call("GET", "/readyz", timeout=5)[0] == 200:
                    return
            except OSError:
                pass
            time.sleep(0.5)
        raise Broken("the registry is not ready: " + self.log.read_text(errors="replace")[-1000:])

    def heap(self):
        """Megabytes of heap in use, as the registry's own metrics have it."""
        text = self.client("alice").call("GET", "/metrics")[2].decode()
        return round(sum(float(line.split()[-1]) for line in text.splitlines() if line.startswith("jvm_memory_used_bytes") and 'area="heap"' in line) / 1e6)

    def settled_heap(self, before):
        """The same once it has fallen back to what it was before, or nearly."""
        for attempt in range(60):
            now = self.heap()
            if now < max(2 * before, 250):
                return now
            time.sleep(1)
        raise Broken(f"memory does not fall back: {now} MB of heap, {before} MB before")
