// SPDX-License-Identifier: AGPL-3.0-or-later
import ArgumentParser
import CSeccomp
import Glibc
import Web

/// What the server starts to make a working copy: gives up everything that decoding a stranger's file has no need of,
/// then becomes libvips' or ffmpeg's tool. Reads what stands on its standard input, writes to its standard output, and
/// can reach no network, write no file and become nobody else. Not for people.
struct CleanMedia: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: MediaChild.command,
        abstract: "Make a working copy of what is on standard input (used by the server).",
        shouldDisplay: false
    )

    @Argument var work: MediaChild.Work

    func run() throws {
        try Confinement.enter(work.limits)
        // A test of the walls themselves: says what is still possible from inside.
        if work == .probe { return print(Confinement.probe().joined(separator: "\n")) }
        let words = work.commandLine
        var arguments: [UnsafeMutablePointer<CChar>?] = words.map { (word: String) in strdup(word) }
        arguments.append(nil)
        execv(words[0], arguments)
        throw ExitCode(127)
    }
}

extension MediaChild.Work: ExpressibleByArgument {}

/// The walls round the child. Once entered they can't be left: the tool inherits them.
private enum Confinement {
    struct Failure: Error {}

    static func enter(_ limits: MediaChild.Limits) throws {
        try limit(RLIMIT_CPU, limits.seconds)
        try limit(RLIMIT_AS, limits.memory)
        try limit(RLIMIT_FSIZE, 0)
        try limit(RLIMIT_CORE, 0)
        try limit(RLIMIT_NOFILE, 64)
        guard vecinos_give_up_privileges() == 0 else { throw Failure() }
        try filter()
    }

    private static func limit(_ what: __rlimit_resource, _ most: Int) throws {
        var limit = rlimit(rlim_cur: rlim_t(most), rlim_max: rlim_t(most))
        guard setrlimit(__rlimit_resource_t(what.rawValue), &limit) == 0 else { throw Failure() }
    }

    /// No socket of any kind, no file to write, no look into other processes, nothing that could open a way round.
    private static let denied = [
        "socket", "socketpair", "connect", "bind", "listen", "accept", "accept4", "sendto", "sendmsg", "sendmmsg",
        "recvfrom", "recvmsg", "recvmmsg", "ptrace", "process_vm_readv", "process_vm_writev", "pidfd_open",
        "pidfd_getfd", "pidfd_send_signal", "io_uring_setup", "io_uring_enter", "io_uring_register", "bpf",
        "perf_event_open", "userfaultfd", "keyctl", "add_key", "request_key", "mount", "umount2", "pivot_root",
        "chroot",
        "unshare", "setns", "open_by_handle_at", "openat2", "creat", "mkdir", "mkdirat", "mknod", "mknodat", "link",
        "linkat", "symlink", "symlinkat", "rename", "renameat", "renameat2", "unlink", "unlinkat", "truncate", "chmod",
        "fchmodat", "chown", "fchownat", "setxattr", "kexec_load", "init_module", "finit_module", "mq_open",
    ]

    private static func filter() throws {
        guard let context = seccomp_init(UInt32(SCMP_ACT_ALLOW)) else { throw Failure() }
        defer { seccomp_release(context) }
        let refuse = vecinos_seccomp_errno(UInt16(EPERM))
        for name in denied {
            let number = seccomp_syscall_resolve_name(name)
            guard number != __NR_SCMP_ERROR else { continue }
            guard seccomp_rule_add_array(context, refuse, number, 0, nil) == 0 else { throw Failure() }
        }
        // Opening is for reading only.
        for (name, argument) in [("open", UInt32(1)), ("openat", UInt32(2))] {
            for flag in [O_WRONLY, O_RDWR, O_CREAT] {
                var compare = scmp_arg_cmp(
                    arg: argument,
                    op: SCMP_CMP_MASKED_EQ,
                    datum_a: UInt64(flag),
                    datum_b: UInt64(flag)
                )
                let number = seccomp_syscall_resolve_name(name)
                guard seccomp_rule_add_array(context, refuse, number, 1, &compare) == 0 else { throw Failure() }
            }
        }
        guard seccomp_load(context) == 0 else { throw Failure() }
    }

    /// What the walls still let through; empty when they stand.
    static func probe() -> [String] {
        var open: [String] = []
        for (family, name) in [(AF_INET, "inet"), (AF_INET6, "inet6"), (AF_UNIX, "unix"), (AF_NETLINK, "netlink")]
        where socket(family, Int32(SOCK_STREAM.rawValue), 0) >= 0 || socket(family, Int32(SOCK_DGRAM.rawValue), 0) >= 0
        {
            open.append("socket \(name)")
        }
        if Glibc.open("/tmp/vecinos-probe", O_WRONLY | O_CREAT, 0o600) >= 0 { open.append("write") }
        if Glibc.open("/dev/null", O_RDWR) >= 0 { open.append("open for writing") }
        if mkdir("/tmp/vecinos-probe.d", 0o700) == 0 { open.append("mkdir") }
        if vecinos_gave_up_privileges() != 1 { open.append("new privileges") }
        return open.isEmpty ? ["closed"] : open
    }
}
