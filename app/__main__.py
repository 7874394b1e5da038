"""``python -m app COMMAND``."""

from app.cli.main import main

if __name__ == "__main__":
    main()
