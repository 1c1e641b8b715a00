"""The wire between a program that is killed and its vendor, with named points on it.

A wire forwards each request to the vendor and its answer back. At the point that a plan names it kills the
program, by the function that the plan carries; and it loses answers, or requests, as often as a plan says.
"""

import http.client
import http.server
import threading
import time
import urllib.parse

# What has happened at each point when the program dies there.
POINTS = {
    "read.arrived": "it asked what is left, and nothing is decided",
    "read.answered": "it knows what is left, and decides now",
    "send.lost": "the refund left, and never reaches the vendor",
    "send.delivered": "the refund left, and reaches the vendor",
    "send.late": "the refund left, and reaches the vendor seconds after the program was started again",
    "answer.held": "the vendor carried it out, and no byte of the answer came back",
    "answer.half": "half of the answer came back",
    "answer.whole": "the whole answer came back, and is not written down",
    "answer.soon": "the whole answer came back some milliseconds ago",
    "look.arrived": "it looks for what became of it",
    "look.answered": "it knows what the look found",
}
# How an answer is lost although the vendor carried the request out, and one that never reaches it.
LOSSES = ["reset", "cut", "html", "gateway", "never-sent"]
PAGE = b"<!DOCTYPE html><html><body><h1>Sign in to continue</h1></body></html>"
LATE_SECONDS = (0.2, 2.5)


class Plan:
    """When the program is killed, and what is lost on the way."""

    def __init__(self, rng, point=None, kill=None, losses=0.0):
        self.rng, self.point, self.kill, self.losses = rng, point, kill, losses
        self.lock = threading.Lock()
        self.fired = False

    def strike(self, point):
        """Kills the program at its point, once."""
        with self.lock:
            if self.point != point or self.fired:
                return False
            self.fired = True
        self.kill()
        return True

    def lose(self):
        with self.lock:
            return self.rng.choice(LOSSES) if self.rng.random() < self.losses else None

    def late(self):
        with self.lock:
            return self.rng.uniform(*LATE_SECONDS)


class Wire:
    """A server on this machine that stands before the vendor."""

    def __init__(self, vendor_url):
        vendor = urllib.parse.urlsplit(vendor_url)
        wire = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self):
                wire.carry(self)

            do_POST = do_DELETE = do_GET

            def log_message(self, *_):
                pass

        class Server(http.server.ThreadingHTTPServer):
            daemon_threads = True

            def handle_error(self, *_):
                """A program that was killed leaves its connections as they are."""

        self.address = (vendor.hostname, vendor.port)
        self.plan = Plan(None)
        self.server = Server(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        self.lost, self.late = 0, []
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def close(self):
        self.server.shutdown()
        self.server.server_close()

    def wait_for_the_late(self):
        """Comes back once all that is late has reached the vendor, so that it counts as well."""
        while self.late:
            self.late.pop().join()

    def carry(self, handler):
        """Carries one request to the vendor and its answer back, as far as the plan lets it."""
        plan = self.plan
        length = int(handler.headers.get("Content-Length") or 0)
        body = handler.rfile.read(length) if length else b""
        path = urllib.parse.urlsplit(handler.path).path
        sends = handler.command == "POST" and path == "/v1/refunds"
        stage = "send" if sends else "look" if path == "/v1/refunds" else "read"
        loss = plan.lose() if sends else None
        if sends and plan.strike("send.lost") or loss == "never-sent":
            self.lost += 1
            return reset(handler)
        if sends and plan.strike("send.late"):
            late = threading.Timer(plan.late(), lambda: self.forward(handler, body))
            self.late.append(late)
            late.start()
            return reset(handler)
        killed = plan.strike("send.delivered" if sends else f"{stage}.arrived")
        answer, content = self.forward(handler, body)
        killed = killed or sends and plan.strike("answer.held")
        if killed or loss == "reset":
            self.lost += 1
            return reset(handler)
        self.answer(handler, plan, answer, content, sends, loss)
        if stage != "send":
            plan.strike(f"{stage}.answered")
        return None

    def forward(self, handler, body):
        """What the vendor answers."""
        vendor = http.client.HTTPConnection(*self.address, timeout=60)
        headers = {
            name: value
            for name, value in handler.headers.items()
            if name.lower() not in ("host", "connection", "content-length")
        }
        vendor.request(handler.command, handler.path, body or None, headers)
        answer = vendor.getresponse()
        content = answer.read()
        vendor.close()
        return answer, content

    def answer(self, handler, plan, answer, content, sends, loss):
        """Gives the answer back: whole, in part, or another."""
        status = answer.status
        if loss == "html":
            status, content = 200, PAGE
        if loss == "gateway":
            status, content = 502, PAGE
        half = sends and plan.point == "answer.half" and not plan.fired
        handler.send_response_only(status)
        for name, value in answer.getheaders():
            if name.lower() not in ("connection", "content-length", "transfer-encoding"):
                handler.send_header(name, value)
        handler.send_header("Content-Length", str(len(content)))
        handler.end_headers()
        if half or loss == "cut":
            handler.wfile.write(content[: len(content) // 2])
            handler.wfile.flush()
            plan.strike("answer.half")
            self.lost += 1
            return reset(handler)
        handler.wfile.write(content)
        handler.wfile.flush()
        if loss:
            self.lost += 1
        if sends:
            plan.strike("answer.whole")
            if plan.point == "answer.soon":
                time.sleep(plan.late() / 100)
                plan.strike("answer.soon")
        return None


def reset(handler):
    """Breaks the connection off without an answer."""
    handler.close_connection = True
    try:
        handler.connection.shutdown(2)
    except OSError:
        # The program that held its other end is dead.
        pass
