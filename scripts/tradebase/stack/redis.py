"""Redis of the stack: TLS 1.3 only, a user for each purpose, nobody by default."""

from hashlib import sha256

from redis import Redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from tradebase.stack import certificates, parts
from tradebase.stack.parts import Part
from tradebase.stack.place import Member, Stack, found, member_of, needed

# As in config/redis-users.acl: who may everything, who writes streams, who writes the cache, who reads both, and who
# asks how it is.
USERS = ("operator", "relay", "cache", "reader", "monitor")


def client(stack: Stack, user: str, **options: object) -> Redis:
    """Return a client of one of the users, who verifies whom he talks to."""
    return Redis(
        **{
            "host": "localhost",
            "port": stack.ports["redis"],
            "username": user,
            "password": stack.password(f"redis-{user}"),
            "ssl": True,
            "ssl_ca_certs": str(stack.authority),
            "ssl_check_hostname": True,
            "socket_timeout": 5,
            "retry": Retry(NoBackoff(), 0),
            "decode_responses": True,
        }
        | options
    )


def member(stack: Stack) -> Member:
    """Return Redis."""
    home = stack.home / "redis"
    part = Part("redis", home, (found("redis-server"), str(home / "redis.conf")))

    def configure() -> None:
        hashes = {user: sha256(stack.password(f"redis-{user}").encode()).hexdigest() for user in USERS}
        parts.render("redis-users.acl", home / "users.acl", hashes)
        places = {"home": home, "certificates": stack.certificates, "port": stack.ports["redis"]}
        parts.render("redis.conf", home / "redis.conf", places)

    def ask() -> str:
        with client(stack, "operator") as redis:
            told = redis.info()
            return f"Redis {told['redis_version']}, {told['connected_clients']} clients, {told['used_memory_human']}"

    def reload() -> None:
        files = {"cert": "redis.crt", "key": "redis.key", "ca-cert": "ca.crt"}
        # The same names again: Redis reads the files.
        again = {f"tls-{what}-file": stack.certificates / name for what, name in files.items()}
        with Redis(
            unix_socket_path=str(home / "redis.sock"), username="operator", password=stack.password("redis-operator")
        ) as redis:
            redis.config_set(*(str(word) for pair in again.items() for word in pair))

    return member_of(
        part,
        ask,
        needed("redis-server", "redis-server"),
        configure,
        ports=("redis",),
        certificate="redis",
        reload=reload,
        shown=lambda: certificates.shown(stack.ports["redis"], stack.authority),
    )
