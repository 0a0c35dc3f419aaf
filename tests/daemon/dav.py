"""A WebDAV collection in memory, for tests that must see, count and hold up what is sent."""

import threading
import urllib.parse
from base64 import b64encode
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from xml.sax.saxutils import escape

ROOT = "/backup"


class Dav:
    """`files`: what is there. `begun`, `stored`: names in the order in which they were sent and got their place.

    `gate` closed: files that have been sent whole get no answer; `waiting` counts them.
    `login`: "user:password" that everybody has to send (Basic).
    """

    def __init__(self, login=None):
        self.login = login
        self.lock = threading.Lock()
        self.files, self.begun, self.stored = {}, [], []
        self.waiting = 0
        self.close_after = None  # that many stored volumes
        self.close_at_name = None  # the gate closes before a file with this in its name gets its place
        self.close_at_delete = None  # the gate closes, for this deletion too, before the n-th one from now
        self.gate = threading.Event()
        self.gate.set()
        handler = type("Handler", (_Handler,), {"dav": self})
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self.server.daemon_threads = True
        # A client that went away while it was held up is what some tests are about.
        self.server.handle_error = lambda *_: None
        self.thread = threading.Thread(target=self.server.serve_forever, args=(0.05,))
        self.thread.start()

    @property
    def url(self):
        return f"webdav://127.0.0.1:{self.server.server_port}{ROOT}"

    def url_of(self, user):
        return self.url.replace("://", f"://{user}@")

    def volumes(self):
        """Numbers of volumes, in the order in which they got their place."""
        return [int(name.split(".vol")[1].split(".")[0]) for name in self.stored if ".vol" in name]

    def close(self):
        self.gate.set()
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()

    def place(self, name, content):
        with self.lock:
            self.files[name] = content
            self.stored.append(name)
            if self.close_after is not None and len(self.volumes()) >= self.close_after:
                self.gate.clear()

    def begin_move(self, name):
        if self.close_at_name is not None and self.close_at_name in name:
            self.close_at_name = None
            self.gate.clear()
            self.wait_at_gate()

    def begin_delete(self):
        with self.lock:
            if self.close_at_delete is not None:
                self.close_at_delete -= 1
                if self.close_at_delete == 0:
                    self.close_at_delete = None
                    self.gate.clear()
        self.wait_at_gate()

    def wait_at_gate(self):
        with self.lock:
            self.waiting += 1
        self.gate.wait()
        with self.lock:
            self.waiting -= 1


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    dav = None

    def log_message(self, *_):
        pass

    def parse_request(self):
        return super().parse_request() and self.is_let_in()

    def is_let_in(self):
        login = self.dav.login
        if login is None or self.headers.get("Authorization") == "Basic " + b64encode(login.encode()).decode():
            return True
        self.body()
        self.send_response(401)
        self.send_header("WWW-Authenticate", 'Basic realm="backups"')
        self.send_header("Content-Length", "0")
        self.end_headers()
        self.wfile.flush()
        return False

    def name(self, path=None):
        path = urllib.parse.unquote(urllib.parse.urlparse(path or self.path).path)
        return path[len(ROOT):].strip("/")

    def body(self):
        """What was sent, or nothing if the connection ended before."""
        length = int(self.headers.get("Content-Length", 0))
        content = self.rfile.read(length)
        return content if len(content) == length else None

    def answer(self, status, content=b""):
        self.send_response(status)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def do_PROPFIND(self):
        self.body()
        name = self.name()
        if name:
            found = {name: self.dav.files[name]} if name in self.dav.files else None
        else:
            found = {"": None, **(self.dav.files if self.headers.get("Depth") == "1" else {})}
        if found is None:
            self.answer(404)
            return
        parts = []
        for one, content in sorted(found.items()):
            kind = "<D:collection/>" if content is None else ""
            size = "" if content is None else f"<D:getcontentlength>{len(content)}</D:getcontentlength>"
            parts.append(f"<D:response><D:href>{ROOT}/{escape(urllib.parse.quote(one))}</D:href><D:propstat><D:prop>"
                         f"<D:resourcetype>{kind}</D:resourcetype>{size}</D:prop>"
                         "<D:status>HTTP/1.1 200 OK</D:status></D:propstat></D:response>")
        self.answer(207, f'<?xml version="1.0"?><D:multistatus xmlns:D="DAV:">{"".join(parts)}</D:multistatus>'.encode())

    def do_PUT(self):
        with self.dav.lock:
            self.dav.begun.append(self.name())
        content = self.body()
        if content is None:
            self.close_connection = True
            return
        self.dav.wait_at_gate()
        with self.dav.lock:
            self.dav.files[self.name()] = content
        self.answer(201)

    def do_MOVE(self):
        self.body()
        self.dav.begin_move(self.name(self.headers["Destination"]))
        content = self.dav.files.pop(self.name(), None)
        if content is None:
            self.answer(404)
            return
        self.dav.place(self.name(self.headers["Destination"]), content)
        self.answer(201)

    def do_DELETE(self):
        self.body()
        self.dav.begin_delete()
        self.answer(204 if self.dav.files.pop(self.name(), None) is not None else 404)

    def do_GET(self):
        content = self.dav.files.get(self.name())
        if content is None:
            self.answer(404)
        elif "Range" in self.headers:
            first, last = self.headers["Range"].split("=")[1].split("-")
            last = min(int(last or len(content)), len(content) - 1)
            part = content[int(first):last + 1]
            self.send_response(206)
            self.send_header("Content-Range", f"bytes {first}-{last}/{len(content)}")
            self.send_header("Content-Length", str(len(part)))
            self.end_headers()
            self.wfile.write(part)
        else:
            self.answer(200, content)
