"""Ten thousand messages over a gateway that fails: how fast, what it costs, what is lost, what goes out twice."""

import collections
import datetime as dt
import random
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from unittest import mock

from bench import cpu, node

VENDOR = node()

from vwazen.server.interop import gateways, outbox, sending  # noqa: E402  models load after Django
from vwazen.server.interop.models import Outgoing  # noqa: E402
from vwazen.server.record import clock, store  # noqa: E402

MANY = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000
START = dt.datetime(2026, 11, 20, 9, tzinfo=dt.UTC)


class Gateway(BaseHTTPRequestHandler):
    """Of twenty: fourteen are taken, two broken off after they were taken, two refused for now, two answered 500."""

    taken: collections.Counter[str] = collections.Counter()
    down = False
    dice = random.Random(7)
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        """One message."""
        self.rfile.read(int(self.headers["Content-Length"]))
        chance = self.dice.random()
        status = 200 if chance < 0.8 else 429 if chance < 0.9 else 500
        if Gateway.down:
            status = 503
        if status == 200:
            Gateway.taken[self.headers["Idempotency-Key"]] += 1
        if status == 200 and chance > 0.7:
            self.close_connection = True  # taken, and the line breaks before the answer
            return
        body = b'{"id": "m"}' if status == 200 else b"{}"
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Nothing: ten thousand lines."""


def queue_all() -> float:
    """Queue every message in transactions of a hundred; seconds."""
    began = time.perf_counter()
    for start in range(0, MANY, 100):
        with store.writing():
            for number in range(start, min(start + 100, MANY)):
                outbox.queue(
                    key=f"reminder:{number}", channel="sms", address=f"+509{number:08}", about="reminder", quiet=(0, 0),
                    text="Please come on 24 November, or call us.", path="ht/",
                )  # fmt: skip
    return time.perf_counter() - began


def main() -> None:
    """Queue, send through the failing gateway, let it go down and come back; print what came of it."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), Gateway)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    config = gateways.Http(
        url=f"http://127.0.0.1:{server.server_address[1]}/", send={"to": "{to}", "t": "{text}"}, id="id"
    )
    ways = {"sms": gateways._over_http(config)}
    now = [START]
    ticks = [0.0]
    with mock.patch.object(clock, "now", side_effect=lambda: now[0]):
        queued = queue_all()
        began, spent = time.perf_counter(), cpu()
        first = sending.once(ways, ticks=lambda: ticks[0])
        wall, used = time.perf_counter() - began, cpu() - spent
        Gateway.down = True
        rounds = 0
        before = sum(Outgoing.objects.values_list("tries", flat=True))
        while rounds < 20:
            now[0] += dt.timedelta(minutes=10)
            ticks[0] += sending.LONGEST_REST + 1
            sending.once(ways, ticks=lambda: ticks[0])
            rounds += 1
        asked = sum(Outgoing.objects.values_list("tries", flat=True)) - before
        Gateway.down = False
        while Outgoing.objects.filter(state__in=("waiting", "sending")).exists() and rounds < 200:
            now[0] += dt.timedelta(hours=5)
            ticks[0] += sending.LONGEST_REST + 1
            sending.once(ways, ticks=lambda: ticks[0])
            rounds += 1
    states = collections.Counter(Outgoing.objects.values_list("state", flat=True))
    sent = {str(pk) for pk in Outgoing.objects.filter(state="sent").values_list("pk", flat=True)}
    failed = states["failed"]
    rest = MANY - states["sent"] - failed
    print(f"\noutbox, {VENDOR}, {MANY} messages, a gateway that fails three times in ten and is down for 3 hours")
    print(f"queued in {queued:.1f} s ({MANY / queued:.0f} a second)")
    tried = first["sent"] + first["again"]
    print(f"first round: {first['sent']} sent, {first['again']} to be tried again, in {wall:.1f} s")
    print(f"  {tried / wall:.0f} a second, {used / tried * 1000:.2f} ms of CPU each, the gateway's own included")
    print(f"while it was down it was asked {asked} times in 20 rounds of 10 minutes; the others kept their tries")
    print(f"in the end: {states['sent']} sent, {failed} given up visibly, {rest} neither (limit 0)")
    lost = [pk for pk in sent if not Gateway.taken[pk]]
    twice = sum(1 for many in Gateway.taken.values() if many > 1)
    print(f"lost: {len(lost)} (limit 0)")
    print(
        f"taken more than once by the gateway, always under the same key: {twice}, each after it broke off an answer; "
        f"a gateway that knows the key sends it once: distinct keys {len(Gateway.taken)}"
    )
    server.shutdown()


if __name__ == "__main__":
    main()
