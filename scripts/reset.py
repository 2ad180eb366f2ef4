"""Delete the data of earlier runs. Refuses while something uses it, and a folder that is not Concord's."""

import fcntl
import os
import shutil
from pathlib import Path

from toolbox import ROOT, give_up, say


def main():
    named = os.environ.get("CONCORD_DATA_DIR", "")
    folder = Path(named).expanduser().resolve() if named else ROOT / "var"
    if not folder.exists():
        say(f"{folder} does not exist: nothing to delete")
        return
    if any(folder.iterdir()) and not (folder / "secret_key").is_file():
        give_up(f"{folder} is not a data folder of Concord (it holds no secret_key). Nothing is deleted.")
    for lock in (folder / "run" / "up.lock", *folder.glob("*/holders.lock")):
        if lock.exists() and in_use(lock):
            give_up("Concord is running on this data. Stop it first (Ctrl-C where it runs).")
    shutil.rmtree(folder)
    say(f"deleted {folder}")


def in_use(lock):
    with lock.open("a") as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
    return False


if __name__ == "__main__":
    main()
