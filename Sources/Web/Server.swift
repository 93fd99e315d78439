// SPDX-License-Identifier: AGPL-3.0-or-later
import Glibc
import Hummingbird
import HummingbirdCore
import Kit
import Logging
import NIOCore
import NIOPosix

/// The HTTP server round the routes, with the limits that a stranger can't stretch.
package enum Server {
    /// A refusal to start, in words for the person who keeps the server.
    package struct Problem: Error, CustomStringConvertible {
        package let description: String
    }

    package static func application(
        site: Site,
        patience: Int = 1,
        onRunning: @escaping @Sendable () async -> Void
    ) throws -> some ApplicationProtocol {
        let limit = try connectionLimit()
        let crowd = ConnectionCrowd(limit: limit)
        // A third stays for everything else.
        site.liveNow.admit(limit * 2 / 3)
        let lane = FastLane(site: site)
        return Application(
            responder: Routes(site: site).router().buildResponder(),
            server: .http1(
                configuration: .init(
                    additionalChannelHandlers: [ConnectionGuard(crowd: crowd, lane: lane, patience: patience)],
                    httpDecoderConfiguration: .init(
                        maxHeaderFieldSize: 16 * 1_024,
                        maxHeaderListSize: 32 * 1_024,
                        maxHeaderFieldCount: 100
                    )
                )
            ),
            configuration: .init(address: .hostname(site.config.host, port: site.config.port), backlog: 4_096),
            onServerRunning: { _ in await onRunning() },
            eventLoopGroupProvider: .shared(MultiThreadedEventLoopGroup.singleton),
            logger: site.logger
        )
    }

    /// What the kernel says of an address that can't be listened on; nil for another error.
    package static func whyNoPort(_ error: any Error) -> String? {
        if error is SocketAddressError.UnknownHost { return "this address is not known" }
        guard let code = (error as? IOError)?.errnoCode, [EADDRINUSE, EACCES, EADDRNOTAVAIL].contains(code) else {
            return nil
        }
        return String(cString: strerror(code))
    }

    /// A dump of memory would hold what is sealed everywhere else.
    package static func forbidCoreDumps() {
        var none = rlimit()
        // RLIMIT_CORE, by its number: Swift doesn't see the name (asm-generic/resource.h).
        setrlimit(__rlimit_resource_t(4), &none)
    }

    /// Under half of the descriptors we may open. With fewer left over, the process itself dies (libdispatch ends it
    /// when it can't look at its own threads), so too low a limit stops the start.
    package static func connectionLimit() throws -> Int {
        var limit = rlimit()
        getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
        if limit.rlim_cur < limit.rlim_max {
            limit.rlim_cur = min(limit.rlim_max, 65_536)
            setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
        }
        let descriptors = Int(clamping: limit.rlim_cur)
        guard descriptors >= 512 else {
            throw Problem(
                description: "The limit of open files is \(descriptors); 512 is the least. Raise it: ulimit -n 65536"
            )
        }
        return min(20_000, descriptors * 2 / 5)
    }
}
