"""A worker of the product that knows the ledger: ``python -m bench.worker``."""

import django

if __name__ == "__main__":
    django.setup()
    from bench.ledger import register
    from socialhub import processes

    register()
    processes.preload()
    processes.work("-P", "prefork", "-c", "2")
