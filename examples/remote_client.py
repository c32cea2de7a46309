"""A client of `worc serve` in Python, with its standard library only: `python3 remote_client.py SOCKET`.

It defines a function in C, calls it, removes it and calls it once more. The protocol is in protocol/README.md: batches of
MessagePack arrays, each behind four bytes of length; frames are numbered, asks are answered. This client waits for each answer.
"""

import socket
import struct
import sys


def pack(value):
    """MessagePack of what the protocol uses: None, booleans, integers, floats, strings, bytes, lists."""
    if value is None:
        return b"\xc0"
    if isinstance(value, bool):
        return b"\xc3" if value else b"\xc2"
    if isinstance(value, int):
        if 0 <= value < 0x80:
            return struct.pack("B", value)
        return b"\xcf" + struct.pack(">Q", value) if value >= 0 else b"\xd3" + struct.pack(">q", value)
    if isinstance(value, float):
        return b"\xcb" + struct.pack(">d", value)
    if isinstance(value, str):
        raw = value.encode()
        return b"\xdb" + struct.pack(">I", len(raw)) + raw
    if isinstance(value, (bytes, bytearray)):
        return b"\xc6" + struct.pack(">I", len(value)) + bytes(value)
    return b"\xdd" + struct.pack(">I", len(value)) + b"".join(map(pack, value))


NUMBERS = {0xCA: ">f", 0xCB: ">d", 0xCC: ">B", 0xCD: ">H", 0xCE: ">I", 0xCF: ">Q", 0xD0: ">b", 0xD1: ">h", 0xD2: ">i", 0xD3: ">q"}
LENGTHS = {0xC4: ">B", 0xC5: ">H", 0xC6: ">I", 0xD9: ">B", 0xDA: ">H", 0xDB: ">I", 0xDC: ">H", 0xDD: ">I"}


def unpack(data, at=0):
    """The value that begins at an offset, and the offset behind it."""

    def number(form):
        return struct.unpack_from(form, data, at + 1)[0], at + 1 + struct.calcsize(form)

    head = data[at]
    if head < 0x80:
        return head, at + 1
    if head >= 0xE0:
        return head - 0x100, at + 1
    if head in (0xC0, 0xC2, 0xC3):
        return {0xC0: None, 0xC2: False, 0xC3: True}[head], at + 1
    if head in NUMBERS:
        return number(NUMBERS[head])
    length, at = number(LENGTHS[head]) if head in LENGTHS else (head & (0x0F if head < 0xA0 else 0x1F), at + 1)
    if head <= 0x9F or head in (0xDC, 0xDD):
        values = []
        for _ in range(length):
            value, at = unpack(data, at)
            values.append(value)
        return values, at
    raw = data[at : at + length]
    return (raw if 0xC4 <= head <= 0xC6 else raw.decode()), at + length


class WorcError(Exception):
    """What the server answers instead: its code, and its message with the compiler's output where there is one."""

    def __init__(self, error):
        super().__init__(f"{error[0]}: {error[1]}" + (f"\n{error[4]}" if error[0] == "CompileFailed" else ""))
        self.code = error[0]


TELL, ASK, REPLY, ERROR, CREDIT, GOODBYE, PART = range(7)
EXEMPT_TELL, EXEMPT_ASK = 7, 8
VERSION, REMOVE, PART_BYTES = 1, 1, 0x40000


class Session:
    """A connection, and what a small client asks on it."""

    def __init__(self, path):
        with open(path + ".token", encoding="ascii") as file:
            token = file.read().strip()
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.connect(path)
        self.stream = self.socket.makefile("rb")
        self.sent = self.heard = self.asked = self.made = self.open = 0
        self.blob = -1
        self.write([0, 0, [ASK, 0, "hello", VERSION, [token, REMOVE, None]]])
        welcome = self.answer_in(self.read()[2])
        self.client, self.main = welcome[3], welcome[4]
        self.ask("join")

    def define_c(self, name, text, tracker):
        """Compiles C source and defines what it defines in main, under the tracker."""
        source = text.encode()
        size, symbols, has_initializers, _diagnostics, _cached = self.ask(
            "compile", 0, name, [0, 0, len(source)], ["-O2"], "", blobs=[self.upload(source)]
        )
        object_blob = self.blobs[0]
        init = f"$.{name}.{self.new_id()}.init" if has_initializers else None
        unit = [self.new_id(), name, symbols + ([[init, 32]] if init else []), init, ["object", [0, 0, size]]]
        self.ask("define", self.main, tracker, unit, blobs=[object_blob])
        self.tell("dropBlob", object_blob)

    def create_tracker(self):
        tracker = self.new_id()
        self.tell("createResourceTracker", tracker, self.main)
        return tracker

    def remove(self, tracker):
        self.ask("removeTracker", tracker, 0)

    def lookup(self, name):
        """A function as a callable: numbers by its signature."""
        function, _address, signature = self.ask("openFunction", self.main, name, None)
        parameters = signature.split(":")[0]

        def call(*arguments):
            values = [float(value) if kind in "fd" else value for kind, value in zip(parameters, arguments)]
            return self.ask("call", function, values, None)[0]

        return call

    def close(self):
        self.say([GOODBYE, ["SessionClosed", "", None, None]])
        self.socket.close()

    # ---- numbers, blobs, frames

    def new_id(self):
        self.made += 1
        return self.client * 2**32 + self.made

    def upload(self, data):
        self.blob += 2
        for offset in range(0, max(1, len(data)), PART_BYTES):
            self.say([PART, self.blob, offset, len(data), data[offset : offset + PART_BYTES]])
        return self.blob

    def tell(self, kind, *fields):
        self.say([EXEMPT_TELL, kind, *fields])

    def ask(self, kind, *fields, blobs=None):
        self.asked += 1
        self.say([EXEMPT_ASK, self.asked, kind, *fields] + ([blobs] if blobs else []))
        while True:
            first, _heard, *frames = self.read()
            if frames:
                self.heard = first + len(frames) - 1
            for frame in frames:
                if frame[0] == GOODBYE:
                    raise WorcError(frame[1])
                if frame[0] in (TELL, ASK):
                    self.give_credit()
            answers = [frame for frame in frames if frame[0] in (REPLY, ERROR)]
            if answers:
                self.blobs = answers[0][3] if len(answers[0]) > 3 else []
                return self.answer_in(answers[0])

    def answer_in(self, frame):
        if frame[0] == ERROR:
            raise WorcError(frame[2])
        return frame[2]

    def give_credit(self):
        self.open += 1
        if self.open == 64:
            self.open = 0
            self.say([CREDIT, 64])

    def say(self, frame):
        self.sent += 1
        self.write([self.sent, self.heard, frame])

    def write(self, batch):
        packed = pack(batch)
        self.socket.sendall(struct.pack(">I", len(packed)) + packed)

    def read(self):
        head = self.stream.read(4)
        if len(head) < 4:
            raise ConnectionError("the server hung up")
        return unpack(self.stream.read(struct.unpack(">I", head)[0]))[0]


if __name__ == "__main__":
    session = Session(sys.argv[1])
    tracker = session.create_tracker()
    session.define_c("arithmetic.c", "int add(int a, int b) { return a + b; } double half(double x) { return x / 2; }", tracker)
    add, half = session.lookup("add"), session.lookup("half")
    print(f"add(2, 3) = {add(2, 3)}, half(5) = {half(5)}")
    try:
        session.define_c("broken.c", "int f(", tracker)
    except WorcError as error:
        print(f"broken.c: {error.code}")
    session.remove(tracker)
    try:
        add(2, 3)
    except WorcError as error:
        print(f"after removal: {error.code}")
    session.close()
