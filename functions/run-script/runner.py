"""Runs one script of an aws:executeScript step in a process of its own. The same file on a laptop and on Lambda.

Comes in: one line of JSON (runtime, handler, source, payload, seconds, environment, attachments).
Goes out: one line of JSON: {"payload", "log", "warnings"}, or {"kind", "message", "log", "warnings"} for a fault.
Never: the environment of whoever started it, an answer larger than it may be, a process that outlives its time.

    kintsugi, or handler() on Lambda ──stdin/stdout──> supervise() ──pipes──> child: perform(), the script

The supervisor keeps its standard input open: when it closes, whoever asked is gone, and the script is stopped.
The script speaks through a pipe that is not its standard output, so nothing it prints can pass for its answer.
This is no sandbox against the user's files or the network: see docs/scripts.md.
"""

import contextlib
import ctypes
import hashlib
import importlib
import importlib.util
import json
import linecache
import os
import re
import resource
import selectors
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
import time
import traceback
import types
import zipfile

PAYLOAD = 100 * 1024  # bytes of what a script may return, as SSM has it
ANSWER = 1024 * 1024  # bytes a child may say through its answer's pipe
HEAD, TAIL = 4 * 1024, 12 * 1024  # what is kept of a log
MESSAGE = 2 * 1024
DEPTH = 64
REQUEST = 4 * 1024 * 1024
ATTACHMENT = 256 * 1024 * 1024  # bytes of an attachment, packed and unpacked
ENTRIES = 10_000
MEMORY = 2 * 1024 * 1024 * 1024
FILES = 512
PROCESSES = 128
LONGEST = 600
SYSTEM_PATH = "/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin"
ME = os.path.abspath(__file__)
LINUX = sys.platform.startswith("linux")

POWERSHELL = r"""$ErrorActionPreference = 'Stop'
$answer = "$PSScriptRoot/answer.json"
try {
    $env:InputPayload = [IO.File]::ReadAllText("$PSScriptRoot/payload.json")
    $given = & "$PSScriptRoot/files/script.ps1"
    if ($given -is [string] -and $given.TrimStart() -match '^[\[{]') {
        try { $given = $given | ConvertFrom-Json } catch { }
    }
    $json = if ($null -eq $given) { 'null' } else { ConvertTo-Json -InputObject $given -Depth 30 -Compress }
    [IO.File]::WriteAllText($answer, '{"payload":' + $json + '}')
} catch {
    $kind = $_.Exception.GetType().Name
    $fault = @{ kind = 'raised'; message = "${kind}: $($_.Exception.Message)"; trace = $_.ScriptStackTrace }
    [IO.File]::WriteAllText($answer, (ConvertTo-Json -InputObject $fault -Compress))
    exit 1
}
"""


class Fault(Exception):
    """Why there is no payload: the kind, in the engine's words, and what a person should read."""

    def __init__(self, kind, message):
        super().__init__(message)
        self.kind = kind


class Gone(Fault):
    """Nobody waits for the answer any more."""


# ------------------------------------------------------------------------------------------------ who asks: Lambda


def handler(event, context):
    """Lambda's entry. The supervisor is a process of its own: a script that ends it does not end this one."""
    left = context.get_remaining_time_in_millis() / 1000 - 10
    request = dict(event, seconds=min(event.get("seconds", LONGEST), left))
    request["attachments"] = os.path.join(os.path.dirname(ME), "attachments")
    request["environment"] = lambda_environment()
    request["memory"] = (int(os.environ.get("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", 1024)) - 256) * 1024 * 1024
    request["hint"] = "a script here has the permissions of the policy that the stack's parameter ScriptPolicyArn names"
    hide()
    adopt()
    with tempfile.TemporaryDirectory(prefix="kintsugi-run-", ignore_cleanup_errors=True) as folder:
        request["folder"] = folder
        supervisor = subprocess.Popen(
            [sys.executable, "-I", "-B", ME], stdin=subprocess.PIPE, stdout=subprocess.PIPE, env={"PATH": SYSTEM_PATH},
        )
        supervisor.stdin.write(json.dumps(request).encode() + b"\n")
        supervisor.stdin.flush()
        line = supervisor.stdout.readline()
        supervisor.stdin.close()
        supervisor.wait()
        end_orphans()  # the next script in this sandbox finds nothing of this one, whoever ended its supervisor
    answer = json.loads(line) if line.endswith(b"\n") else fault("died", "the supervisor was ended")
    print(json.dumps({"kind": answer.get("kind", "success"), "message": answer.get("message"), "log": answer["log"]}))
    return answer


def lambda_environment():
    """The Region; the role's credentials only where the operator attached a policy for scripts."""
    names = ["AWS_REGION", "AWS_DEFAULT_REGION"]
    if os.environ.get("KINTSUGI_SCRIPT_POLICY"):
        names += ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"]
    return {name: os.environ[name] for name in names if name in os.environ}


# ----------------------------------------------------------------------------------------------------- the supervisor


def main():
    """One request from standard input, one answer to standard output."""
    hide()
    line, request = sys.stdin.buffer.readline(REQUEST), {}
    try:
        request = json.loads(line)
        answer = supervise(request)
    except Gone as found:
        answer = fault(found.kind, str(found))
        shutil.rmtree(request.get("folder") or "", ignore_errors=True)  # nobody else is left to do it
    except Fault as found:
        answer = fault(found.kind, str(found))
    except Exception as found:  # whoever asked is owed an answer
        answer = fault("refused", f"the runner failed: {type(found).__name__}: {found}")
    with contextlib.suppress(BrokenPipeError):
        sys.stdout.write(json.dumps(answer) + "\n")
        sys.stdout.flush()


def fault(kind, message, log="", warnings=()):
    return {"kind": kind, "message": cut(message, MESSAGE), "log": log, "warnings": list(warnings)}


def supervise(request):
    """Runs the script in a folder that is gone afterwards."""
    language, warnings = language_of(request["runtime"])
    folder = tempfile.mkdtemp(prefix="kintsugi-script-", dir=request.get("folder"))
    try:
        files = os.path.join(folder, "files")
        os.mkdir(files)
        job = place(request, language, files)
        return watch(request, language, job, folder, warnings)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def language_of(runtime):
    """python or powershell, and a warning where the version here is another one."""
    found = re.fullmatch(r"python(\d+\.\d+)", runtime)
    if found:
        here = f"{sys.version_info.major}.{sys.version_info.minor}"
        other = found[1] != here
        return "python", [f"the script asks for {runtime} and ran on Python {here}"] if other else []
    if runtime.startswith("PowerShell"):
        return "powershell", []
    raise Fault("refused", f"the runtime {runtime} is not known: python3.11, PowerShell 7.4")


def place(request, language, files):
    """Puts the script where it will run; says what the child is to do."""
    name = request.get("handler")
    job = {"handler": name, "payload": request["payload"], "cpu": int(request["seconds"]) + 5}
    job.update(memory=request.get("memory", MEMORY), pwsh=request.get("pwsh") or "pwsh")
    source = request["source"]
    if "text" in source:
        job["text"] = source["text"]
        if language == "powershell":
            write(os.path.join(files, "script.ps1"), source["text"])
    else:
        attach(source["attachment"], request.get("attachments"), files)
        job["file"] = source["attachment"]["name"]
    if language == "python" and not name:
        raise Fault("refused", "Handler is missing")
    if language == "powershell":
        if "text" not in source:
            raise Fault("refused", "a PowerShell script comes from Script; attachments are for Python here")
        write(os.path.join(files, "..", "payload.json"), json.dumps(request["payload"]))
        write(os.path.join(files, "..", "run.ps1"), POWERSHELL)
    return job


def write(path, text):
    with open(path, "w", encoding="utf-8", errors="surrogatepass") as file:
        file.write(text)


def watch(request, language, job, folder, warnings):
    """Starts the child, reads what it says within the limits, and ends all of it."""
    adopt()
    answer_in, answer_out = os.pipe()
    log_in, log_out = os.pipe()
    job.update(answer=answer_out, language=language, folder=folder, supervisor=os.getpid())
    program = [sys.executable, "-I", "-B", "-u", "-X", "utf8", ME, "child"]
    child = subprocess.Popen(
        program, cwd=os.path.join(folder, "files"), env=environment(request, folder), stdin=subprocess.PIPE,
        stdout=log_out, stderr=log_out, pass_fds=[answer_out], start_new_session=True,
    )
    os.close(answer_out)
    os.close(log_out)
    with contextlib.suppress(BrokenPipeError):
        child.stdin.write(json.dumps(job).encode() + b"\n")
        child.stdin.close()
    said, log = Kept(ANSWER, 0), Kept(HEAD, TAIL)
    deadline = time.monotonic() + min(float(request["seconds"]), LONGEST)
    try:
        ended = listen(child, {answer_in: said, log_in: log}, deadline)
    finally:
        end(child)
        os.close(answer_in)
        os.close(log_in)
    if ended == "late":
        return fault("timedOut", f"stopped after {float(request['seconds']):g} s", log.text(), warnings)
    if language == "powershell":
        said = answer_file(folder)
    return judge(said, child.returncode, log, warnings, request.get("hint"))


def environment(request, folder):
    """All that a script finds in its environment."""
    own = {"PATH": SYSTEM_PATH, "HOME": folder, "TMPDIR": folder, "LANG": "C.UTF-8", "AWS_EC2_METADATA_DISABLED": "true"}
    return {**own, **request.get("environment", {})}


class Kept:
    """The beginning and the end of what was said, however much it was."""

    def __init__(self, head, tail):
        self.limits, self.head, self.tail, self.count = (head, tail), b"", b"", 0

    def add(self, data):
        head, tail = self.limits
        self.count += len(data)
        room = head - len(self.head)
        self.head += data[:room]
        if tail:
            self.tail = (self.tail + data[room:])[-tail:]

    def text(self):
        left_out = self.count - len(self.head) - len(self.tail)
        middle = f"\n… {left_out} bytes left out …\n".encode() if left_out else b""
        return (self.head + middle + self.tail).decode("utf-8", "replace")

    def whole(self):
        return self.count == len(self.head)


def listen(child, sinks, deadline):
    """Reads until the child ends (`ended`) or its time does (`late`). Not until its pipes close: what it started in the
    background may hold them. An asker who is gone stops it, too."""
    with selectors.DefaultSelector() as selector:
        for source in sinks:
            os.set_blocking(source, False)
            selector.register(source, selectors.EVENT_READ)
        selector.register(sys.stdin.fileno(), selectors.EVENT_READ)
        ticks = exit_of(child)
        if ticks is not None:
            selector.register(ticks, selectors.EVENT_READ)
        try:
            while child.poll() is None:
                left = deadline - time.monotonic()
                if left <= 0:
                    return "late"
                for key, _ in selector.select(min(left, 1.0 if ticks is not None else 0.02)):
                    if key.fd in sinks:
                        if not read_some(key.fd, sinks[key.fd]):
                            selector.unregister(key.fd)
                    elif key.fd == sys.stdin.fileno() and not os.read(key.fd, 4096):
                        raise Gone("died", "whoever asked is gone")
        finally:
            if ticks is not None:
                os.close(ticks)
    for source, kept in sinks.items():  # what is still in the pipes, and no more
        for _ in range(64):
            if not read_some(source, kept):
                break
    return "ended"


def exit_of(child):
    """Something that becomes readable when the child ends; None where there is no such thing."""
    try:
        return os.pidfd_open(child.pid)
    except (AttributeError, OSError):
        return None


def read_some(source, kept):
    try:
        data = os.read(source, 65536)
    except BlockingIOError:
        return False
    kept.add(data)
    return bool(data)


def end(child):
    """Ends the child, its group, and on Linux whatever it started that left the group."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(child.pid, signal.SIGKILL)
    child.wait()
    end_orphans()


def end_orphans():
    """Ends what was left to this process, and what that leaves, until there is nothing."""
    until = time.monotonic() + 5
    while time.monotonic() < until:
        orphans = children_of(os.getpid())
        if not orphans:
            return
        for orphan in orphans:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.kill(orphan, signal.SIGKILL)
        for orphan in orphans:
            with contextlib.suppress(ChildProcessError):
                os.waitpid(orphan, 0)


def children_of(parent):
    """Process ids whose parent this is, as /proc has them; none elsewhere."""
    found = []
    with contextlib.suppress(OSError):
        for name in filter(str.isdigit, os.listdir("/proc")):
            with contextlib.suppress(OSError, IndexError, ValueError):
                with open(f"/proc/{name}/stat", "rb") as file:
                    if int(file.read().rpartition(b")")[2].split()[1]) == parent:
                        found.append(int(name))
    return found


def answer_file(folder):
    said = Kept(ANSWER, 0)
    with contextlib.suppress(OSError), open(os.path.join(folder, "answer.json"), "rb") as file:
        said.add(file.read(ANSWER + 1))
        said.add(b"\n")
    return said


def judge(said, code, log, warnings, hint):
    """What came of it, from what the child said and how it ended."""
    if not said.head:
        how = f"was ended by signal {-code} ({signal.strsignal(-code)})" if code < 0 else f"ended with exit code {code}"
        return fault("died", f"its process {how} before it had an answer", log.text(), warnings)
    try:
        if not said.whole() or not said.head.endswith(b"\n"):
            raise ValueError
        answer = json.loads(said.head)
        if "kind" not in answer:
            return {"payload": returned(answer["payload"]), "log": log.text(), "warnings": warnings}
    except Fault as found:
        return fault(found.kind, str(found), log.text(), warnings)
    except (ValueError, KeyError, TypeError, RecursionError):
        return fault("output", "what it said through its answer's pipe is no answer", log.text(), warnings)
    trace = cut(str(answer.get("trace") or ""), TAIL)
    told = "\n".join(part for part in (log.text().rstrip("\n"), trace) if part)
    return fault(str(answer["kind"]), advised(str(answer["message"]), hint), told, warnings)


def advised(message, hint):
    """What a person can do about the two failures that the place causes, not the script."""
    if re.match(r"ModuleNotFoundError: No module named '(boto3|botocore)'", message):
        return f"{message} (install boto3 for {sys.executable}, or name another Python with KINTSUGI_PYTHON)"
    if message.startswith("NoCredentialsError") and hint:
        return f"{message} ({hint})"
    return message


def returned(payload):
    """The payload, if it is one that can be kept. Numbers are those of JSON readers: 64 bits."""
    text = json.dumps(payload, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    try:
        size = len(text.encode())
    except UnicodeEncodeError:
        raise Fault("output", "what it returned holds text that is not Unicode") from None
    if size > PAYLOAD:
        raise Fault("output", f"what it returned has {size} bytes; at most {PAYLOAD} are possible")
    json.loads(text, parse_int=whole)
    if depth(payload) > DEPTH:
        raise Fault("output", f"what it returned is nested deeper than {DEPTH} levels")
    return payload


def depth(value):
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, (list, tuple)) else ()
    return 1 + max((depth(part) for part in inner), default=0)


def whole(digits):
    number = int(digits)
    if not -(2**63) <= number < 2**64:
        raise Fault("output", "what it returned holds a whole number of more than 64 bits")
    return number


def cut(text, limit):
    data = text.encode("utf-8", "replace")
    return data.decode() if len(data) <= limit else data[:limit].decode("utf-8", "ignore") + " …"


# -------------------------------------------------------------------------------------------------------- attachments


def attach(attachment, folder, files):
    """Copies an attachment next to the script, checked, and unpacks it if it is a zip."""
    name = attachment["name"]
    if not re.fullmatch(r"[A-Za-z0-9_.-]{3,128}", name) or name in ("...", "..") or not name.endswith((".py", ".zip")):
        raise Fault("refused", f"the attachment {name} is neither a .py nor a .zip file")
    if not folder:
        raise Fault("refused", f"there is no folder to take the attachment {name} from (--attachments)")
    copy = os.path.join(files, name)
    digest, size = hashlib.sha256(), 0
    try:
        with open(os.path.join(folder, name), "rb") as source, open(copy, "wb") as target:
            while data := source.read(1 << 20):
                size += len(data)
                if size > ATTACHMENT:
                    raise Fault("refused", f"the attachment {name} is larger than {ATTACHMENT} bytes")
                digest.update(data)
                target.write(data)
    except OSError as found:
        raise Fault("refused", f"the attachment {name} cannot be read from {folder}: {found.strerror}") from None
    if digest.hexdigest() != attachment["sha256"].lower():
        raise Fault("refused", f"the attachment {name} has the checksum {digest.hexdigest()}, not that of the runbook")
    if name.endswith(".zip"):
        unpack(copy, files, name)
        os.remove(copy)


def unpack(path, files, name):
    """Every entry below `files`, and no more bytes than an attachment may have, whatever the entries claim."""
    try:
        with zipfile.ZipFile(path) as archive:
            entries = archive.infolist()
            if len(entries) > ENTRIES:
                raise Fault("refused", f"{name} holds more than {ENTRIES} files")
            left = ATTACHMENT
            for entry in entries:
                left -= unpack_one(archive, entry, files, name, left)
    except (zipfile.BadZipFile, RuntimeError, NotImplementedError, EOFError, OSError) as found:
        raise Fault("refused", f"{name} cannot be unpacked: {found}") from None


def unpack_one(archive, entry, files, name, left):
    parts = entry.filename.replace("\\", "/").split("/")
    if entry.filename.startswith(("/", "\\")) or ".." in parts or ":" in parts[0] or "\0" in entry.filename:
        raise Fault("refused", f"{name} holds the path {entry.filename!r}, which leads out of its folder")
    kind = stat.S_IFMT(entry.external_attr >> 16)
    if kind not in (0, stat.S_IFREG, stat.S_IFDIR):
        raise Fault("refused", f"{name} holds {entry.filename!r}, which is neither a file nor a folder")
    target = os.path.join(files, *[part for part in parts if part not in ("", ".")])
    if entry.is_dir():
        os.makedirs(target, exist_ok=True)
        return 0
    os.makedirs(os.path.dirname(target), exist_ok=True)
    size = 0
    with archive.open(entry) as source, open(target, "wb") as file:
        while data := source.read(1 << 16):
            size += len(data)
            if size > left:
                raise Fault("refused", f"{name} holds more than {ATTACHMENT} bytes when unpacked")
            file.write(data)
    return size


# ---------------------------------------------------------------------------------------------------------- the child


def child():
    """Becomes the script."""
    job = json.loads(sys.stdin.buffer.readline())
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)
    die_with(job["supervisor"])
    limit(job)
    if job["language"] == "powershell":
        run = os.path.join(job["folder"], "run.ps1")
        os.execvp(job["pwsh"], ["pwsh", "-NoProfile", "-NonInteractive", "-File", run])
    answer = perform(job)
    with contextlib.suppress(Exception):
        sys.stdout.flush()
        sys.stderr.flush()
    data = json.dumps(answer).encode()[: ANSWER + 1] + b"\n"
    with contextlib.suppress(OSError):
        while data:
            data = data[os.write(job["answer"], data):]
    os._exit(0)  # no thread and no exit handler of the script keeps it alive


def perform(job):
    """Loads the script and calls its handler."""
    try:
        module, function = load(job)
    except Fault as found:
        return {"kind": found.kind, "message": str(found)}
    except SyntaxError as found:
        return {"kind": "refused", "message": f"line {found.lineno}: {found.msg}", "trace": trace_of(found)}
    except BaseException as found:
        return raised(found)
    try:
        called = getattr(module, function, None)
        if not callable(called):
            raise Fault("refused", f"the script has no function {function}, which Handler names")
        value = called(job["payload"], {})
    except Fault as found:
        return {"kind": found.kind, "message": str(found)}
    except BaseException as found:  # SystemExit, too: a script that leaves has not returned
        return raised(found)
    try:
        return {"payload": returned(value)}
    except Fault as found:
        return {"kind": found.kind, "message": str(found)}
    except (TypeError, ValueError, RecursionError, MemoryError) as found:
        return {"kind": "output", "message": f"what it returned is no JSON: {found}"}


def load(job):
    """The module of the script, run, and the name of the function to call."""
    if "text" in job:
        module = types.ModuleType("script")
        module.__file__ = "script.py"
        linecache.cache["script.py"] = (len(job["text"]), None, job["text"].splitlines(True), "script.py")
        code = compile(job["text"], "script.py", "exec", dont_inherit=True)
        sys.modules["script"], sys.argv = module, ["script.py"]
        exec(code, module.__dict__)
        return module, job["handler"]
    name, function = module_of(job)
    sys.path.insert(0, os.getcwd())
    sys.argv = [name]
    try:
        return importlib.import_module(name), function
    except ModuleNotFoundError as found:
        if found.name and (name == found.name or name.startswith(found.name + ".")):
            raise Fault("refused", f"the attachment {job['file']} has no file {name.replace('.', '/')}.py") from None
        raise


def module_of(job):
    """`file.function`, or the function alone where the attachment is one file."""
    module, _, function = job["handler"].replace("/", ".").rpartition(".")
    if not module and job["file"].endswith(".py"):
        module = job["file"][: -len(".py")]
    if not module:
        raise Fault("refused", f"Handler must be file.function with the attachment {job['file']}")
    return module, function


def raised(found):
    lines = "".join(traceback.format_exception_only(type(found), found)).strip()
    name = lines.split(":", 1)[0].rpartition(".")[2]
    message = ":".join([name, *lines.split(":", 1)[1:]])
    return {"kind": "raised", "message": cut(message, MESSAGE), "trace": trace_of(found)}


def trace_of(found):
    """The traceback without the frames of this file."""
    told = traceback.TracebackException.from_exception(found, limit=-50)
    part = told
    while part is not None:
        part.stack[:] = [frame for frame in part.stack if frame.filename != ME and "importlib" not in frame.filename]
        part = part.__cause__ or part.__context__
    return cut("".join(told.format()).rstrip("\n"), TAIL)


def limit(job):
    """Limits that the kernel holds. PowerShell reserves far more addresses than it uses."""
    limits = [("CORE", 0), ("CPU", job["cpu"]), ("NOFILE", FILES), ("FSIZE", 2 * ATTACHMENT)]
    if job["language"] == "python":
        limits.append(("AS", job["memory"]))
    if LINUX:
        limits.append(("NPROC", tasks_of_user() + PROCESSES))
    for name, most in limits:
        number = getattr(resource, f"RLIMIT_{name}")
        hard = resource.getrlimit(number)[1]
        most = most if hard == resource.RLIM_INFINITY else min(most, hard)
        with contextlib.suppress(ValueError, OSError):
            resource.setrlimit(number, (most, most))


def tasks_of_user():
    """The kernel counts the processes and threads of the whole user against the limit."""
    count = 0
    for name in filter(str.isdigit, os.listdir("/proc")):
        with contextlib.suppress(OSError):
            if os.stat(f"/proc/{name}").st_uid == os.getuid():
                count += len(os.listdir(f"/proc/{name}/task"))
    return count


# ------------------------------------------------------------------------------------------------- what Linux can do


def prctl(option, value):
    if LINUX:
        with contextlib.suppress(OSError, AttributeError):
            ctypes.CDLL(None).prctl(option, value, 0, 0, 0)


def hide():
    """A process of the same user cannot read this one's memory or environment any more (PR_SET_DUMPABLE)."""
    prctl(4, 0)


def adopt():
    """Orphans of the script become children of this process, which ends them (PR_SET_CHILD_SUBREAPER)."""
    prctl(36, 1)


def die_with(supervisor):
    """The script ends when its supervisor does (PR_SET_PDEATHSIG), also if that was before this line."""
    prctl(1, signal.SIGKILL)
    if os.getppid() != supervisor:
        os._exit(1)


if __name__ == "__main__":
    child() if sys.argv[1:] == ["child"] else main()
