"""The attacks of infra/test/attack, each a function (folder, is_long) that says what it measured, or raises Broken."""
import gzip, hashlib, io, json, random, socket, tarfile, threading, time
from target import Broken, Registry, check

MANIFEST = "application/vnd.oci.image.manifest.v1+json"
INDEX = "application/vnd.oci.image.index.v1+json"
CONFIG = "application/vnd.oci.image.config.v1+json"
LAYER = "application/vnd.oci.image.layer.v1.tar"
FOREIGN = "application/vnd.oci.image.layer.nondistributable.v1.tar+gzip"


def digest(data):
    return "sha256:" + hashlib.sha256(data).hexdigest()


def described(data, kind):
    return {"mediaType": kind, "digest": digest(data), "size": len(data)}


def tar(name, content):
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=tarfile.PAX_FORMAT) as archive:
        entry = tarfile.TarInfo(name)
        entry.size = len(content)
        archive.addfile(entry, io.BytesIO(content))
    return out.getvalue()


def config(*diff_ids):
    return json.dumps({"architecture": "amd64", "os": "linux", "rootfs": {"type": "layers", "diff_ids": list(diff_ids)}}).encode()


def image(client, repository, tag, configuration, layers):
    """Pushes an image of blobs [(bytes or None, descriptor)]; what has no bytes is only claimed."""
    client.blob(repository, configuration)
    for data, _ in layers:
        if data is not None:
            client.blob(repository, data)
    manifest = {"schemaVersion": 2, "mediaType": MANIFEST, "config": described(configuration, CONFIG), "layers": [d for _, d in layers]}
    body = json.dumps(manifest).encode()
    status, _, answer = client.call("PUT", f"/v2/{repository}/manifests/{tag}", body, {"Content-Type": MANIFEST})
    return status, digest(body), answer


def convert(client, repository, subject):
    status, _, answer = client.call("POST", f"/acr/v1/{repository}/_streaming/{subject}", b'{"conversionFormat":"overlaybd","conversionVersion":"v1"}',
                                    {"Content-Type": "application/json"})
    check(status == 202, f"converting {repository}@{subject} was answered {status}: {answer[:200]}")
    for _ in range(1200):
        operation = json.loads(client.call("GET", f"/acr/v1/{repository}/_streaming/{subject}")[2])
        if operation["status"] in ("Succeeded", "Failed", "Canceled"):
            return operation
        time.sleep(0.05)
    raise Broken(f"the conversion of {repository}@{subject} does not end")


def artifact_layers(client, repository, subject):
    referrers = json.loads(client.call("GET", f"/v2/{repository}/referrers/{subject}")[2])["manifests"]
    found = []
    for referrer in referrers:
        found += [layer["digest"] for layer in json.loads(client.call("GET", f"/v2/{repository}/manifests/{referrer['digest']}")[2])["layers"]]
    return found


def eve(folder, is_long):
    """Knows every digest and diffID of the victim's image, and may push to a repository of her own."""
    with Registry(folder) as registry:
        victim, eve_ = registry.client("alice"), registry.client("eve")
        secret = tar("etc/key", b"the victim's secret")
        packed = gzip.compress(secret, mtime=0)
        original = described(packed, LAYER + "+gzip")
        status, subject, said = image(victim, "victim/app", "v1", config(digest(secret)), [(packed, original)])
        check(status == 201, f"the victim's push was answered {status}: {said[:200]}")
        check(convert(victim, "victim/app", subject)["status"] == "Succeeded", "the victim's image was not converted")
        converted = artifact_layers(victim, "victim/app", subject)
        junk = b"fifty bytes that are no layer of anybody's at all."
        tries = [(junk, described(junk, LAYER)), (None, {**original, "mediaType": FOREIGN}), (None, {**original, "urls": ["https://example.com/"]}), (None, original)]
        for i, layer in enumerate(tries):
            status, mine, _ = image(eve_, "eve/app", f"v{i}", config(digest(secret)), [layer])
            if status == 201:
                operation = convert(eve_, "eve/app", mine)
                check(operation["status"] == "Failed", f"Eve's image {i} was converted: {operation}")
            else:
                check(400 <= status < 500, f"Eve's image {i} was answered {status}")
        for wanted in [original["digest"], *converted]:
            status = eve_.call("GET", f"/v2/eve/app/blobs/{wanted}")[0]
            check(status == 404, f"Eve reads {wanted}: {status}")
            for query in (f"mount={wanted}&from=victim/app", f"mount={wanted}"):
                status = eve_.call("POST", f"/v2/eve/app/blobs/uploads/?{query}", b"")[0]
                check(status == 202, f"Eve mounts {wanted} by {query}: {status}")
        check(eve_.call("GET", f"/v2/victim/app/manifests/{subject}")[0] in (401, 403, 404), "Eve reads the victim's manifest")
        return f"{len(tries)} images that claim a layer of another repository gave nothing"


def odd(value):
    """What may stand in a value's place."""
    yield from (None, [], {}, "", "x" * 5000, -1, 2**63, 1e300, 1.5, True, [None], {"a": None})
    if isinstance(value, list):
        yield value * 2
        yield [value]


def changed(document):
    """The document with each value in turn missing or replaced."""
    def walk(value, replace):
        for bad in odd(value):
            yield replace(bad)
        items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else []
        for key, child in items:
            def put(bad, key=key):
                copy = value.copy()
                copy[key] = bad
                return replace(copy)
            rest = value.copy()
            del rest[key]
            yield replace(rest)
            yield from walk(child, put)
    yield from walk(document, lambda whole: whole)


def manifests(folder, is_long):
    """Documents that are not what their type says: taken or refused with a reason, and what is taken can be got."""
    with Registry(folder) as registry:
        client = registry.client("alice")
        layer, configuration = tar("a", b"b"), None
        configuration = config(digest(layer))
        image(client, "victim/odd", "good", configuration, [(layer, described(layer, LAYER))])
        subject = described(b"{}", MANIFEST)
        document = {"schemaVersion": 2, "mediaType": MANIFEST, "config": described(configuration, CONFIG), "subject": subject,
                    "layers": [{**described(layer, LAYER), "annotations": {"a": "b"}, "urls": []}], "annotations": {"c": "d"}}
        documents = [json.dumps(one).encode() for one in changed(document)]
        documents += [b"", b"{", b"[" * 5000, b'{"a":' * 5000, b"\xff\xfe", b'{"schemaVersion":2,"schemaVersion":2}', b"null", b'"x"', b"0"]
        random.Random(1).shuffle(documents)
        taken = 0
        for body in documents if is_long else documents[:300]:
            status, _, answer = client.call("PUT", "/v2/victim/odd/manifests/t", body, {"Content-Type": MANIFEST})
            check(status == 201 or 400 <= status < 500, f"{status} for {body[:300]}: {answer[:200]}")
            check(b"Exception" not in answer and b"io.headwater" not in answer and b"jackson" not in answer, f"a class name in {answer[:300]}")
            if status == 201:
                taken += 1
                got = client.call("GET", "/v2/victim/odd/manifests/t")
                check(got[0] == 200 and got[2] == body, f"what was taken is answered {got[0]}: {body[:300]}")
                for path in (f"/v2/victim/odd/manifests/{digest(body)}", f"/v2/victim/odd/referrers/{digest(body)}", f"/v2/victim/odd/referrers/{subject['digest']}"):
                    check(client.call("GET", path)[0] == 200, f"{path} after {body[:300]}")
                node = registry.node().call("GET", "/v2/victim/odd/manifests/t")
                check(node[0] == 200, f"the nodes' view answers {node[0]} for {body[:300]}")
        registry.check_ready()
        return f"{len(documents) if is_long else 300} documents, {taken} taken, none answered with 5xx"


def logins(folder, is_long):
    """Wrong passwords and junk tokens, and somebody who has the right ones."""
    count = 400 if is_long else 25
    with Registry(folder) as registry:
        good = registry.client("alice")
        wrong = registry.client("alice", "wrong")
        stranger = registry.client("nobody", "wrong")
        refused = slowed = 0
        for i in range(count):
            for client in (wrong, stranger):
                status = client.call("GET", "/v2/")[0]
                check(status in (401, 429, 503), f"a wrong password is answered {status}")
                refused, slowed = refused + 1, slowed + (status != 401)
            status = registry.client().call("GET", "/v2/", headers={"Authorization": "Bearer " + "x" * 40 + f".{i}.y"})[0]
            check(status in (401, 429), f"a junk token is answered {status}")
            if i % 10 == 0:
                status, _, answer = good.call("GET", "/v2/")
                check(status == 200, f"the right password is answered {status} after {refused} wrong ones: {answer[:200]}")
        check(good.call("GET", "/v2/")[0] == 200, "the right password is refused at the end")
        return f"{refused} wrong log-ins, {slowed} of them slowed; the right one was always taken"


def meanwhile(registry, seconds):
    """Asks again and again as somebody who does nothing wrong; the longest wait for a right answer, in seconds."""
    client, longest, end, last = registry.client("alice"), 0, time.time() + seconds, time.time()
    while time.time() < end:
        try:
            if client.call("GET", "/healthz", timeout=5)[0] == 200 and client.call("GET", "/v2/", timeout=5)[0] == 200:
                longest, last = max(longest, time.time() - last), time.time()
        except OSError:
            pass
        time.sleep(0.1)
    return max(longest, time.time() - last)


def headers(folder, is_long):
    """Connections without credentials, each with a head of many tiny headers that does not end."""
    count = 600 if is_long else 225
    with Registry(folder) as registry:
        before = registry.heap()
        stop, sent = threading.Event(), [0] * count

        def flood(i):
            line = b"".join(b"a%d: b\r\n" % n for n in range(28000))[:250_000]
            while not stop.is_set():
                try:
                    with socket.create_connection(("127.0.0.1", registry.port), timeout=5) as connection:
                        connection.sendall(b"GET /v2/ HTTP/1.1\r\nHost: x\r\n")
                        for at in range(0, len(line), 4096):
                            if stop.is_set():
                                return
                            connection.sendall(line[at:at + 4096])
                            sent[i] += 4096
                        stop.wait(5)
                except OSError:
                    stop.wait(0.2)

        threads = [threading.Thread(target=flood, args=(i,), daemon=True) for i in range(count)]
        for thread in threads:
            thread.start()
        longest = meanwhile(registry, 60 if is_long else 15)
        stop.set()
        for thread in threads:
            thread.join(10)
        registry.check_ready()
        after = registry.settled_heap(before)
        check(longest < 10, f"others waited {longest:.1f} s for an answer")
        return f"{count} connections, {sum(sent) / 1e6:.0f} MB of heads; others waited {longest:.1f} s at most; heap {before} MB before, {after} MB after"


def slow_reader(registry):
    """A connection of somebody who takes little, and comes from an address of its own: connections of one address have a bound."""
    connection = socket.socket()
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    connection.settimeout(5)
    connection.bind(("127.0.0.2", 0))
    connection.connect(("127.0.0.1", registry.port))
    return connection


def readers(folder, is_long):
    """Clients that ask for a large blob and do not read it."""
    count = 600 if is_long else 300
    with Registry(folder) as registry:
        client = registry.client("alice")
        blob = random.Random(3).randbytes(32 << 20)
        client.blob("victim/large", blob)
        before = registry.heap()
        request = (f"GET /v2/victim/large/blobs/{digest(blob)} HTTP/1.1\r\nHost: x\r\nAuthorization: {client.authorization}\r\n\r\n").encode()
        connections = []
        for _ in range(count):
            try:
                connection = slow_reader(registry)
                connection.sendall(request)
                connections.append(connection)
            except OSError:
                pass
        longest = meanwhile(registry, 60 if is_long else 12)
        held = registry.heap()
        for connection in connections:
            connection.close()
        registry.check_ready()
        after = registry.settled_heap(before)
        check(longest < 10, f"others waited {longest:.1f} s for an answer")
        check(held < 600, f"{count} clients that do not read hold {held} MB of heap")
        status, _, got = client.call("GET", f"/v2/victim/large/blobs/{digest(blob)}")
        check(status == 200 and got == blob, f"the blob is answered {status} afterwards")
        return f"{len(connections)} clients; others waited {longest:.1f} s at most; heap {before} MB before, {held} MB meanwhile, {after} MB after"


def large_manifest(configuration, layer, salt):
    """A manifest of nearly the size that registries have to take, most of it small values."""
    head = {"schemaVersion": 2, "mediaType": MANIFEST, "config": described(configuration, CONFIG), "layers": [described(layer, LAYER)], "salt": salt}
    text = json.dumps(head)[:-1] + ',"x":['
    row = "[" + ",".join(["{}"] * 9999) + "]"
    rows = ((4 << 20) - len(text) - 2) // (len(row) + 1)
    return (text + ",".join([row] * rows) + "]}").encode()


def long_manifest(configuration, layer, salt):
    """One of the same size that is one long text: cheap to read, and to be sent."""
    head = {"schemaVersion": 2, "mediaType": MANIFEST, "config": described(configuration, CONFIG), "layers": [described(layer, LAYER)], "salt": salt}
    head["annotations"] = {"a": "x" * ((4 << 20) - len(json.dumps(head)) - 40)}
    return json.dumps(head).encode()


def at_once(count, work):
    """Does work(i) for each i below count, all at the same time; what they gave, None for those that got no answer."""
    given = [None] * count

    def one(i):
        try:
            given[i] = work(i)
        except OSError:
            pass

    threads = [threading.Thread(target=one, args=(i,), daemon=True) for i in range(count)]
    for thread in threads:
        thread.start()
    return threads, given


def documents(folder, is_long):
    """Manifests as large as may be: pushed by many at once, asked for by many who do not read them, listed and deleted."""
    count = 300 if is_long else 120
    with Registry(folder) as registry:
        client = registry.client("alice")
        layer = tar("a", b"b")
        configuration = config(digest(layer))
        check(image(client, "victim/documents", "good", configuration, [(layer, described(layer, LAYER))])[0] == 201, "a small push is refused")
        before = registry.heap()

        def push(make):
            def one(i):
                body = make(configuration, layer, i)
                path = f"/v2/victim/documents/manifests/{digest(body)}"
                for attempt in range(20):
                    status, _, answer = client.call("PUT", path, body, {"Content-Type": MANIFEST}, timeout=120)
                    check(status in (201, 400, 413, 503), f"a large manifest is answered {status}: {answer[:200]}")
                    if status != 503:
                        return status, digest(body)
                    time.sleep(1)
                return None
            return one

        threads, pushed = at_once(count, push(large_manifest))
        longest = meanwhile(registry, 10)
        for thread in threads:
            thread.join(240)
        registry.check_ready()
        threads, long = at_once(count, push(long_manifest))
        longest = max(longest, meanwhile(registry, 5))
        for thread in threads:
            thread.join(240)
        registry.check_ready()
        there = [name for status, name in filter(None, pushed + long) if status == 201]
        check(len(there) > count // 2, f"only {len(there)} of {2 * count} large manifests were taken")
        connections = []
        for i in range(2 * count):
            try:
                connection = slow_reader(registry)
                connection.sendall((f"GET /v2/victim/documents/manifests/{there[i % len(there)]} HTTP/1.1\r\nHost: x\r\nAuthorization: {client.authorization}\r\n\r\n").encode())
                connections.append(connection)
            except OSError:
                pass
        longest = max(longest, meanwhile(registry, 20 if is_long else 8))
        status, _, got = client.call("GET", f"/v2/victim/documents/manifests/{there[-1]}")
        check(status == 200 and digest(got) == there[-1], f"a manifest is answered {status} while others do not read theirs")
        held = registry.heap()
        for connection in connections:
            connection.close()
        listed = {"schemaVersion": 2, "mediaType": INDEX, "manifests": [{"mediaType": MANIFEST, "digest": name, "size": len(client.call("GET", f"/v2/victim/documents/manifests/{name}")[2])} for name in there]}
        body = json.dumps(listed).encode()
        check(client.call("PUT", "/v2/victim/documents/manifests/all", body, {"Content-Type": INDEX})[0] == 201, "an index of them is refused")
        status, _, answer = client.call("DELETE", f"/v2/victim/documents/manifests/{digest(body)}", timeout=240)
        check(status == 202 or 400 <= status < 500, f"deleting the index of them is answered {status}: {answer[:200]}")
        registry.check_ready()
        after = registry.settled_heap(before)
        check(longest < 10, f"others waited {longest:.1f} s for an answer")
        return f"{2 * count} pushed at once, {len(there)} taken; {len(connections)} that do not read; others waited {longest:.1f} s at most; heap {before} MB before, {held} MB meanwhile, {after} MB after; deleting all in one index: {status}"


def kills(folder, is_long):
    """SIGKILL at any moment of pushes and deletions: what was answered is there, whole."""
    rounds = 100 if is_long else 10
    acknowledged, answered, guard, chance = {}, [0], threading.Lock(), random.Random(time.time_ns())
    for _ in range(rounds):
        with Registry(folder) as registry:
            verify(registry, acknowledged)
            stop = threading.Event()

            def push(worker):
                client, dice = registry.client("alice"), random.Random(worker * 1000 + chance.random())
                while not stop.is_set():
                    name, data = f"victim/app{worker}", dice.randbytes(dice.choice((10, 5_000, 400_000)))
                    tag, layer = f"t{dice.randrange(5)}", tar("a", data)
                    with guard:
                        acknowledged[name, tag] = None  # either way until it is answered
                    try:
                        status, pushed, answer = image(client, name, tag, config(digest(layer)), [(layer, described(layer, LAYER))])
                    except OSError:
                        return
                    check(status == 201 or stop.is_set(), f"a push was answered {status}: {answer[:200]}")
                    if status == 201:
                        with guard:
                            acknowledged[name, tag] = pushed
                            answered[0] += 1

            threads = [threading.Thread(target=push, args=(i,), daemon=True) for i in range(3)]
            before = answered[0]
            for thread in threads:
                thread.start()
            while answered[0] == before and registry.is_alive():
                time.sleep(0.02)
            time.sleep(chance.random() * 0.6)
            stop.set()
            registry.kill()
            for thread in threads:
                thread.join(10)
    with Registry(folder) as registry:
        verify(registry, acknowledged)
    return f"{rounds} SIGKILLs, {answered[0]} pushes answered, none lost"


def verify(registry, acknowledged):
    client = registry.client("alice")
    for (name, tag), wanted in acknowledged.items():
        status, _, body = client.call("GET", f"/v2/{name}/manifests/{tag}")
        if wanted is None and status == 404:
            continue
        check(status == 200, f"{name}:{tag}, which was answered with 201, is answered {status}")
        check(wanted in (None, digest(body)), f"{name}:{tag} names {digest(body)}, not {wanted}")
        for layer in json.loads(body)["layers"]:
            status, _, data = client.call("GET", f"/v2/{name}/blobs/{layer['digest']}")
            check(status == 200 and digest(data) == layer["digest"], f"a layer of {name}:{tag} is answered {status}, {len(data)} bytes")
