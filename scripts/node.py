"""Run a Node program with the Node that set-up found: `python scripts/node.py npx tsc --noEmit`."""

import os
import sys

import toolbox


def main():
    env = toolbox.node_environment()
    if env is None:
        toolbox.give_up("Node is not set up. Run `make setup`.")
    os.chdir(toolbox.ROOT)
    os.execvpe(sys.argv[1], sys.argv[1:], env)


if __name__ == "__main__":
    main()
