"""Who may include whom: the table of the design's include diagram, and the check against it.

    ctl -> proto <- daemon -> engine -> storage

Inside storage: remote -> io, sqlite -> io, cache -> {io, sqlite}. Inside engine each line may use
the lines below it, never its neighbours:

    operation > chain > {manifest, volume} > {naming, tar, rdiff} and {codec, select}

where the last five know storage/io only. What engine sees of the rest of storage is the interface
remote/remote.hpp and the headers of cache. Inside operation each room may use the rooms named before it
that its line lists:

    {question > check, index}, {rdiffdir > backup, restore}, {backup, restore, check, index, removal, replica, repair,
    targets} > state >
    object > archive

Inside daemon likewise (main, the dispatcher and the instance, beside the folders, may use all):

    {agenda, service} > operations > questions > runs > archive > {loop, process}; control > questions

where schedule, jobs and hooks are below all of these.

Inside ctl (main, beside the folders, may use all):

    rdiffdir > duplicity > runs; verbs > setup > {runs, jobs} > {show, requests, secrets > link} > words > {process, text}

where generate, used by verbs and both drop-ins, stands on words.

Inside storage/remote each room may use those to the right of it, never its neighbours:

    registry > backends and wrappers, a folder each > http > {curl, command} > what lies beside the folders

but for rsync, which starts ssh as its neighbour does. Wrappers (multi, par2) are given what they wrap.

A library's header is included in its home folder alone.
"""

import os
import re

ENGINE_LOWEST = {"engine/codec", "engine/select", "engine/naming", "engine/tar", "engine/rdiff"}
ENGINE_MIDDLE = {"engine/manifest", "engine/volume"}
STORAGE = {"storage/io", "storage/sqlite", "storage/remote", "storage/cache"}
# The doors from engine into storage that are no whole folder of it; a trailing / means any header.
ENGINE_DOORS = {"storage/remote/remote.hpp", "storage/cache/"}

OPERATION_ROOMS = {"archive": [], "object": ["archive"], "state": ["archive", "object"]}
OPERATION_ROOMS.update({room: ["archive", "object", "state"]
                       for room in ("backup", "restore", "check", "index", "removal", "replica", "repair", "targets")})
OPERATION_ROOMS["rdiffdir"] = OPERATION_ROOMS["restore"] + ["backup", "restore"]
OPERATION_ROOMS["question"] = OPERATION_ROOMS["check"] + ["check", "index"]
OPERATION = {"engine/operation/" + room: {"engine/operation/" + other for other in others}
             for room, others in OPERATION_ROOMS.items()}

# What the daemon's rooms are built on, and then each room: what it may use of the others.
DAEMON_GROUND = {"daemon/hooks", "daemon/jobs", "daemon/schedule", "proto", "engine/chain"}
DAEMON_ROOMS = {"process": [], "loop": [], "archive": ["loop", "process"]}
DAEMON_ROOMS["runs"] = DAEMON_ROOMS["archive"] + ["archive"]
DAEMON_ROOMS["questions"] = DAEMON_ROOMS["runs"] + ["runs"]
DAEMON_ROOMS["operations"] = DAEMON_ROOMS["control"] = DAEMON_ROOMS["questions"] + ["questions"]
DAEMON_ROOMS["agenda"] = DAEMON_ROOMS["service"] = DAEMON_ROOMS["operations"] + ["operations"]
DAEMON = {"daemon/" + room: {"daemon/" + other for other in others} for room, others in DAEMON_ROOMS.items()}

CTL_ROOMS = {"process": [], "text": [], "words": ["process", "text"]}
CTL_ROOMS["generate"] = CTL_ROOMS["show"] = CTL_ROOMS["requests"] = CTL_ROOMS["link"] = CTL_ROOMS["words"] + ["words"]
CTL_ROOMS["secrets"] = CTL_ROOMS["link"] + ["link"]
CTL_ROOMS["jobs"] = CTL_ROOMS["link"] + ["link", "show", "requests"]
CTL_ROOMS["runs"] = CTL_ROOMS["secrets"] + ["secrets", "show", "requests"]
CTL_ROOMS["setup"] = CTL_ROOMS["runs"] + ["runs", "jobs"]
CTL_ROOMS["verbs"] = CTL_ROOMS["setup"] + ["setup", "generate"]
CTL_ROOMS["duplicity"] = CTL_ROOMS["runs"] + ["runs", "generate"]
CTL_ROOMS["rdiffdir"] = CTL_ROOMS["duplicity"] + ["duplicity"]
CTL = {"ctl/" + room: {"ctl/" + other for other in others} for room, others in CTL_ROOMS.items()}

# A room of storage/remote -> those it may use. "" are the files beside the folders, but for those called
# registry, which are a room that may use all. A folder that is not named here is a backend or a wrapper.
REMOTE_TOOLS = {"", "curl", "command", "http"}
REMOTE_ROOMS = {
    "": set(),
    "curl": {""},
    "command": {""},
    "http": {"", "curl"},
    "rsync": REMOTE_TOOLS | {"ssh"},
}

# A folder -> what it may include besides itself: folders, or doors as above.
ARROWS = {
    "proto": set(),
    **{room: {"proto"} | others for room, others in CTL.items()},
    "ctl": {"proto"} | set(CTL),
    "storage/io": set(),
    "storage/sqlite": {"storage/io"},
    "storage/remote": {"storage/io"},
    "storage/cache": {"storage/io", "storage/sqlite"},
    **{folder: {"storage/io"} for folder in ENGINE_LOWEST},
    **{folder: {"storage/io"} | ENGINE_DOORS | ENGINE_LOWEST for folder in ENGINE_MIDDLE},
    "engine/chain": {"storage/io"} | ENGINE_DOORS | ENGINE_LOWEST | ENGINE_MIDDLE,
    **{room: {"storage/io", "engine/chain"} | ENGINE_DOORS | ENGINE_LOWEST | ENGINE_MIDDLE | others
       for room, others in OPERATION.items()},
    "daemon/schedule": {"storage/io"},
    "daemon/hooks": {"proto", "storage/io", "storage/remote"},
    "daemon/jobs": {"daemon/schedule", "proto", "storage/io", "storage/remote"},
    **{room: DAEMON_GROUND | set(OPERATION) | ENGINE_LOWEST | ENGINE_MIDDLE | STORAGE | others
       for room, others in DAEMON.items()},
    "daemon": DAEMON_GROUND | set(DAEMON) | set(OPERATION) | ENGINE_LOWEST | ENGINE_MIDDLE | STORAGE,
}

# A library's headers (regular expression) -> the only folders that include them; None: everywhere.
LIBRARIES = [
    (r"librsync\.h", {"engine/rdiff"}),
    (r"gpgme\.h", {"engine/codec"}),
    (r"zlib\.h|isa-l\.h|isa-l/.*", {"engine/codec"}),
    (r"uv\.h", {"daemon/loop"}),
    (r"sqlite3\.h", {"storage/sqlite"}),
    (r"nlohmann/.*", {"proto", "daemon/agenda", "daemon/jobs", "daemon/runs", "storage/remote"} | set(CTL)),
    (r"systemd/.*", {"daemon/control", "daemon/hooks", "daemon/process", "daemon/service"}),
    (r"CLI/.*", {"ctl/words"}),
    (r"openssl/.*", {"storage/io", "storage/remote"}),
    (r"pcre2\.h", {"engine/select"}),
    (r"curl/.*|libssh2.*\.h|expat\.h", {"storage/remote"}),
    (r"fmt/.*", None),
]

# Headers of the system: C and POSIX, the kernel's, x86 intrinsics. C++'s own have neither dot nor slash.
SYSTEM = re.compile(
    r"(sys|linux|netinet|arpa|net)/[a-z0-9_]+\.h|(aio|dirent|dlfcn|endian|errno|fcntl|fnmatch|glob|grp|"
    r"immintrin|langinfo|libgen|limits|locale|malloc|netdb|poll|pthread|pwd|regex|sched|signal|spawn|"
    r"stdint|stdio|stdlib|string|strings|syslog|termios|time|unistd|wordexp)\.h|[a-z_0-9]+")

# System headers that a folder must do without: proto is text, engine reaches no network by itself.
SYSTEM_REFUSED = [
    ("proto", re.compile(r"sys/socket\.h|sys/un\.h|poll\.h|thread|mutex|condition_variable|future")),
    ("engine", re.compile(r"sys/socket\.h|sys/un\.h|netinet/.*|arpa/.*|netdb\.h")),
]

INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]')
SOURCE_SUFFIXES = (".cpp", ".hpp", ".h", ".cc", ".hh", ".cxx", ".hxx", ".c", ".inc")


def home(path):
    """The folder of the diagram that a file (named from the top) belongs to, or None."""
    for folder in ARROWS:
        if path.startswith(folder + "/"):
            return folder
    return None


def remote_room(path):
    """The room of a file of storage/remote."""
    first, slash, _ = path.removeprefix("storage/remote/").partition("/")
    return first if slash else "registry" if first.startswith("registry.") else ""


def is_open_door(path, header):
    """Whether a file of storage/remote may include another one of it."""
    room, wanted = remote_room(path), remote_room(header)
    return room in ("registry", wanted) or wanted in REMOTE_ROOMS.get(room, REMOTE_TOOLS)


def source_files(top):
    """Every source file of the product, named from the top: tests may include everything."""
    for room in ("ctl", "daemon", "engine", "proto", "storage"):
        for folder, _, names in os.walk(os.path.join(top, room)):
            for name in sorted(names):
                if name.endswith(SOURCE_SUFFIXES):
                    yield os.path.relpath(os.path.join(folder, name), top)


def complaint(top, path, quoted, header):
    """Why `path` may not include `header`, or None if it may."""
    folder = home(path)
    if folder is None:
        return "lies in no folder of the diagram"

    if quoted:
        # The build makes folder/name_sql.hpp of a schema, folder/name.sql.
        sources = (header, re.sub(r"_sql\.hpp$", ".sql", header))
        if not any(os.path.isfile(os.path.join(top, source)) for source in sources):
            return f'"{header}" is not a file named from the top of the tree'
        target = home(header)
        if target == folder:
            if folder != "storage/remote" or is_open_door(path, header):
                return None
            return f'the room of {path} may not include "{header}"'
        for allowed in ARROWS[folder]:
            if header == allowed or target == allowed or (allowed.endswith("/") and header.startswith(allowed)):
                return None
        return f'{folder} may not include "{header}"'

    for pattern, homes in LIBRARIES:
        if re.fullmatch(pattern, header):
            if homes is None or folder in homes:
                return None
            return f"<{header}> belongs into {', '.join(sorted(homes))} only"
    for room, refused in SYSTEM_REFUSED:
        if path.startswith(room + "/") and refused.fullmatch(header):
            return f"{room} must not know <{header}>"
    if not SYSTEM.fullmatch(header):
        return f"<{header}> is of a library that has no home yet"
    return None


def violations(top):
    """Every include that the diagram forbids, as 'file:line: why'."""
    found = []
    for path in source_files(top):
        with open(os.path.join(top, path), encoding="utf-8") as file:
            for number, line in enumerate(file, 1):
                if match := INCLUDE.match(line):
                    why = complaint(top, path, match[1] == '"', match[2])
                    if why:
                        found.append(f"{path}:{number}: {why}")
    return found
