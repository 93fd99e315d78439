// swift-tools-version: 6.2
// SPDX-License-Identifier: AGPL-3.0-or-later
import PackageDescription

// The house, bottom to top. `area` wires one floor: everything it may import is named, and
// `bin/check` refuses an import that is not.
let settings: [SwiftSetting] = [
    .treatAllWarnings(as: .error),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
]

func area(_ name: String, uses floors: String..., libraries: [Target.Dependency] = [], exclude: [String] = []) -> Target
{
    .target(
        name: name,
        dependencies: floors.map { .target(name: $0) } + libraries,
        exclude: exclude,
        swiftSettings: settings
    )
}

func suite(_ name: String, uses floors: String..., libraries: [Target.Dependency] = []) -> Target {
    .testTarget(name: name, dependencies: floors.map { .target(name: $0) } + libraries, swiftSettings: settings)
}

let crypto: Target.Dependency = .product(name: "Crypto", package: "swift-crypto")
let cryptoExtras: Target.Dependency = .product(name: "CryptoExtras", package: "swift-crypto")
let hummingbird: Target.Dependency = .product(name: "Hummingbird", package: "hummingbird")
let hummingbirdTesting: Target.Dependency = .product(name: "HummingbirdTesting", package: "hummingbird")
let httpTypes: Target.Dependency = .product(name: "HTTPTypes", package: "swift-http-types")
let nioCore: Target.Dependency = .product(name: "NIOCore", package: "swift-nio")
let nioPosix: Target.Dependency = .product(name: "NIOPosix", package: "swift-nio")
let nioHTTPTypes: Target.Dependency = .product(name: "NIOHTTPTypes", package: "swift-nio-extras")
let lifecycle: Target.Dependency = .product(name: "ServiceLifecycle", package: "swift-service-lifecycle")
let signals: Target.Dependency = .product(name: "UnixSignals", package: "swift-service-lifecycle")
let logging: Target.Dependency = .product(name: "Logging", package: "swift-log")
let yams: Target.Dependency = .product(name: "Yams", package: "Yams")
let csv: Target.Dependency = .product(name: "SwiftCSV", package: "SwiftCSV")
let grdb: Target.Dependency = .product(name: "GRDB", package: "GRDB.swift")
let sqlite: Target.Dependency = .product(name: "GRDBSQLite", package: "GRDB.swift")
let arguments: Target.Dependency = .product(name: "ArgumentParser", package: "swift-argument-parser")

let package = Package(
    name: "vecinos",
    platforms: [.macOS(.v15)],
    products: [.executable(name: "vecinos", targets: ["App"])],
    dependencies: [
        .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.1", traits: ["FullFoundation"]),
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
        .package(url: "https://github.com/apple/swift-nio-extras", from: "1.35.2"),
        .package(url: "https://github.com/apple/swift-http-types", from: "1.8.0"),
        .package(url: "https://github.com/apple/swift-crypto", from: "4.5.2"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
        .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
        .package(url: "https://github.com/swiftcsv/SwiftCSV", from: "0.10.0"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
    ],
    targets: [
        .systemLibrary(name: "CPostgres", pkgConfig: "libpq", providers: [.apt(["libpq-dev"])]),
        .systemLibrary(name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"])]),
        .systemLibrary(name: "CCurl", pkgConfig: "libcurl", providers: [.apt(["libcurl4-openssl-dev"])]),
        .systemLibrary(name: "CQrencode", pkgConfig: "libqrencode", providers: [.apt(["libqrencode-dev"])]),
        .systemLibrary(name: "CPango", pkgConfig: "pangocairo", providers: [.apt(["libpango1.0-dev"])]),
        .systemLibrary(name: "CQpdf", pkgConfig: "libqpdf", providers: [.apt(["libqpdf-dev"])]),
        .systemLibrary(name: "CLinux"),
        .systemLibrary(name: "CSQLite"),
        .systemLibrary(name: "CSeccomp", pkgConfig: "libseccomp", providers: [.apt(["libseccomp-dev"])]),
        area(
            "Kit",
            uses: "CPostgres",
            "CZlib",
            "CQrencode",
            "CPango",
            "CQpdf",
            "CSQLite",
            libraries: [grdb, sqlite, yams, csv, logging]
        ),
        area("Vault", uses: "Kit", libraries: [crypto, cryptoExtras]),
        area("People", uses: "Kit", "Vault"),
        area("Messaging", uses: "CCurl", "Kit", "Vault", "People", libraries: [crypto, csv]),
        area("Matching", uses: "Kit", "Vault", "People", "Messaging"),
        area("Response", uses: "Kit", "Vault", "People", "Messaging", "Matching"),
        area("Care", uses: "Kit", "Vault", "People", "Messaging", "Matching"),
        area("Inform", uses: "Kit", "Vault", "People", "Messaging", "Matching"),
        area("Mobilise", uses: "Kit", "Vault", "People", "Messaging", "Matching"),
        area(
            "Web",
            uses: "CLinux",
            "Kit",
            "Vault",
            "People",
            "Messaging",
            "Matching",
            "Response",
            "Care",
            "Inform",
            "Mobilise",
            libraries: [hummingbird, httpTypes, nioCore, nioPosix, nioHTTPTypes, lifecycle, logging],
            exclude: ["Static"]
        ),
        .executableTarget(
            name: "App",
            dependencies: [
                "CLinux", "CSeccomp", "Kit", "Vault", "People", "Messaging", "Matching", "Response", "Care", "Inform",
                "Mobilise", "Web",
                hummingbird, lifecycle, signals, logging, arguments,
            ],
            swiftSettings: settings
        ),
        .target(
            name: "Support",
            dependencies: ["Kit", "Vault", "People", "Messaging", "Matching", "Response", "Inform", logging],
            path: "Tests/Support",
            swiftSettings: settings
        ),
        suite("KitTests", uses: "Kit", "Support", libraries: [yams]),
        suite(
            "AreaTests",
            uses: "Kit",
            "Vault",
            "People",
            "Messaging",
            "Matching",
            "Response",
            "Care",
            "Inform",
            "Mobilise",
            "Support",
            libraries: [crypto]
        ),
        suite(
            "WebTests",
            uses: "Kit",
            "Vault",
            "People",
            "Messaging",
            "Matching",
            "Response",
            "Care",
            "Inform",
            "Web",
            "Support",
            libraries: [hummingbird, hummingbirdTesting, httpTypes, nioCore, logging]
        ),
    ],
    swiftLanguageModes: [.v6]
)
