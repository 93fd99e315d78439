# SPDX-License-Identifier: AGPL-3.0-or-later
"""nginx with one worker, serving one saved page from a file, tuned as its own manual advises."""

from harness import Bench, Server, free_port

CONFIG = """
worker_processes 1;
daemon off;
pid {folder}/nginx.pid;
error_log stderr;
events {{ worker_connections 4096; }}
http {{
    access_log off;
    sendfile on;
    gzip_static on;
    tcp_nopush on;
    keepalive_requests 100000000;
    open_file_cache max=100;
    default_type "text/html; charset=utf-8";
    client_body_temp_path {folder}; proxy_temp_path {folder}; fastcgi_temp_path {folder};
    uwsgi_temp_path {folder}; scgi_temp_path {folder};
    server {{ listen 127.0.0.1:{port} backlog=4096; root {folder}/www; }}
}}
"""


def path(form: str) -> str:
    return f"/{form}.html"


def start(bench: Bench, page: bytes, form: str) -> Server:
    """`form`: "plain", or "packed" with gzip."""
    port = free_port()
    folder = bench.folder / f"nginx-{form}"
    (folder / "www").mkdir(parents=True)
    # Started by root, the worker is another user, who must be able to reach the page.
    for part in (bench.folder, folder, folder / "www"):
        part.chmod(0o755)
    saved = folder / "www" / path(form).lstrip("/")
    # Packed beforehand, it is given to whoever takes gzip; the plain file beside it must be there too.
    saved.write_bytes(b"" if form == "packed" else page)
    if form == "packed":
        saved.with_name(f"{saved.name}.gz").write_bytes(page)
    (folder / "nginx.conf").write_text(CONFIG.format(folder=folder, port=port))
    return bench.start(
        "nginx", ["/usr/sbin/nginx", "-p", folder, "-e", "stderr", "-c", folder / "nginx.conf"], port, path(form)
    )
