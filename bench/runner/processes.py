"""Programs on a CPU of their own."""

import contextlib
import os
import pathlib
import subprocess

PRIORITY = "-18"


def start(words, inside, cpus, **options):
    """Starts a program on these CPUs, and as root before other work there.

    Each is a session of its own, for where the kernel groups processes by session ("autogroup"), nice
    counts within the group only. Never a real-time class: the generator does not sleep."""
    is_root = os.geteuid() == 0
    front = [*inside, *(["nice", "-n", PRIORITY] if is_root else []),
             "taskset", "--cpu-list", ",".join(map(str, cpus))]
    process = subprocess.Popen([*front, *map(str, words)], start_new_session=True,
                               **{"stdin": subprocess.DEVNULL, **options})
    if is_root:
        with contextlib.suppress(OSError):  # a kernel without groups, or the program has ended
            pathlib.Path(f"/proc/{process.pid}/autogroup").write_text(PRIORITY, encoding="ascii")
    return process
