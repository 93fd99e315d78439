# SPDX-License-Identifier: AGPL-3.0-or-later
"""nginx with nchan (Debian), one worker: one channel of server-sent events, published to by POST."""

from harness import Bench, Server, free_port

CONFIG = """
load_module /usr/lib/nginx/modules/ngx_nchan_module.so;
worker_processes 1;
daemon off;
pid {folder}/nginx.pid;
error_log stderr;
worker_rlimit_nofile 20000;
events {{ worker_connections 8192; }}
http {{
    access_log off;
    client_body_temp_path {folder}; proxy_temp_path {folder}; fastcgi_temp_path {folder};
    uwsgi_temp_path {folder}; scgi_temp_path {folder};
    server {{
        listen 127.0.0.1:{port} backlog=4096;
        location = /healthz {{ return 200; }}
        location = /publish {{ nchan_publisher; nchan_channel_id now; nchan_message_buffer_length 5; }}
        location = /stream {{ nchan_subscriber eventsource; nchan_channel_id now; nchan_subscriber_first_message newest; }}
    }}
}}
"""


def start(bench: Bench) -> Server:
    port = free_port()
    folder = bench.folder / "nchan"
    folder.mkdir()
    bench.folder.chmod(0o755)
    folder.chmod(0o777)
    (folder / "nginx.conf").write_text(CONFIG.format(folder=folder, port=port))
    command = ["/usr/sbin/nginx", "-p", folder, "-e", "stderr", "-c", folder / "nginx.conf"]
    return bench.start("nchan", command, port, "/healthz")
