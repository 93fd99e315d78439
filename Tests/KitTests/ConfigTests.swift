// SPDX-License-Identifier: AGPL-3.0-or-later
import Foundation
import Kit
import Support
import Testing

@Suite("Settings of the process")
struct ConfigTests {
    /// A folder as a release has it: `bin/vecinos` and `share/vecinos`.
    private func house(_ files: String...) throws -> String {
        let folder = "\(Store.folder)/house-\(UUID().uuidString)"
        for file in files {
            let url = URL(filePath: "\(folder)/\(file)")
            try FileManager.default.createDirectory(
                at: url.deletingLastPathComponent(),
                withIntermediateDirectories: true
            )
            try Data().write(to: url)
        }
        return folder
    }

    private func config(_ environment: [String: String]) throws -> Config {
        let house = try house("content/strings/es.json", "static/app.css")
        let found = ["VECINOS_CONTENT": "\(house)/content", "VECINOS_STATIC": "\(house)/static"]
        return try Config(dataFolder: "/data", environment: found.merging(environment) { $1 }, executable: "/nowhere")
    }

    @Test("Unless told otherwise: SQLite, loopback, limits on, in earnest")
    func defaults() throws {
        let config = try config([:])
        #expect(config.dataFolder == "/data" && config.postgres == nil)
        #expect(config.host == "127.0.0.1" && config.port == 8080)
        #expect(
            config.limitsRates && !config.trustsProxy && !config.isDemonstration && config.speed == 1
                && !config.isSecure
        )
    }

    @Test("What is set is taken")
    func taken() throws {
        let config = try config([
            "VECINOS_POSTGRES": "postgresql://a@b/c", "VECINOS_ADDRESS": "https://vecinos.example",
            "VECINOS_RATE_LIMITS": "off",
            "VECINOS_PROXY": "on",
        ])
        #expect(config.postgres == "postgresql://a@b/c")
        #expect(config.isSecure && !config.limitsRates && config.trustsProxy)
        #expect(try !self.config(["VECINOS_ADDRESS": "http://localhost:8080"]).isSecure)
        #expect(try self.config(["VECINOS_ADDRESS": "https://[::1]:8443"]).isSecure)
        #expect(try self.config(["VECINOS_RATE_LIMITS": "on"]).limitsRates)
    }

    @Test(
        "A bad value stops the start and names its key",
        arguments: [
            ("VECINOS_POSTGRES", "mysql://a@b/c"), ("VECINOS_POSTGRES", ""), ("VECINOS_POSTGRES", " postgres://a@b/c"),
            ("VECINOS_ADDRESS", "vecinos.example"), ("VECINOS_ADDRESS", "ftp://vecinos.example"),
            ("VECINOS_ADDRESS", "https://"), ("VECINOS_ADDRESS", "https://x/"), ("VECINOS_ADDRESS", "https://a b\"<"),
            ("VECINOS_ADDRESS", "https://x:"), ("VECINOS_ADDRESS", "https://x:99999"),
            ("VECINOS_ADDRESS", "https://a@x"),
            ("VECINOS_ADDRES", "https://vecinos.example"), ("VECINOS_ONIN", ""),
            ("VECINOS_RATE_LIMITS", "no"), ("VECINOS_RATE_LIMITS", ""), ("VECINOS_RATE_LIMITS", "OFF"),
            ("VECINOS_PROXY", "yes"), ("VECINOS_PROXY", ""), ("VECINOS_MAIL_CA", "/nowhere"),
            ("VECINOS_MAIL_CA", "/dev/null"), ("VECINOS_MAIL_TLS", "on"), ("VECINOS_MAIL_TLS", ""),
            ("VECINOS_CONTENT", "/nowhere"), ("VECINOS_CONTENT", ""), ("VECINOS_STATIC", "/nowhere"),
        ]
    )
    func bad(key: String, value: String) throws {
        let problem = try #require(#expect(throws: Config.Problem.self) { try config([key: value]) })
        #expect(problem.key == key)
        #expect(problem.description.hasPrefix("\(key): ") && problem.description.count > key.count + 8)
    }

    @Test("What a flag says is looked at as what a variable says is")
    func flags() throws {
        let environment = try folders()
        for (data, postgres, key) in [("/data", "http://x", "--postgres"), ("", "postgres://b/c", "--data")] {
            let problem = try #require(
                #expect(throws: Config.Problem.self) {
                    try Config(dataFolder: data, postgres: postgres, environment: environment)
                }
            )
            #expect(problem.key == key)
        }
        let config = try Config(dataFolder: "/data", postgres: "postgres://b/c", environment: environment)
        #expect(config.postgres == "postgres://b/c")
    }

    private func folders() throws -> [String: String] {
        let house = try house("content/strings/es.json", "static/app.css")
        return ["VECINOS_CONTENT": "\(house)/content", "VECINOS_STATIC": "\(house)/static"]
    }

    @Test("A folder that doesn't hold what it should is named with what it lacks")
    func lacks() throws {
        let house = try house("content/rights/now.yaml", "static/app.js")
        let content = #expect(throws: Config.Problem.self) { try config(["VECINOS_CONTENT": "\(house)/content"]) }
        #expect(content?.key == "VECINOS_CONTENT" && content?.reason.contains("strings") == true)
        let files = #expect(throws: Config.Problem.self) { try config(["VECINOS_STATIC": "\(house)/static"]) }
        #expect(files?.key == "VECINOS_STATIC" && files?.reason.contains("app.css") == true)
    }

    @Test("Content and static files are found above the program, in the source tree and in a release")
    func found() throws {
        let css = "Sources/Web/Static/app.css"
        let tree = try house(".build/debug/vecinos", "content/strings/es.json", css)
        let developing = try Config(dataFolder: "d", executable: "\(tree)/.build/debug/vecinos")
        #expect(
            developing.contentFolder == "\(tree)/content" && developing.staticFolder == "\(tree)/Sources/Web/Static"
        )
        let release = try house("bin/vecinos", "share/vecinos/content/strings/es.json", "share/vecinos/\(css)")
        let released = try Config(dataFolder: "d", executable: "\(release)/bin/vecinos")
        #expect(released.contentFolder == "\(release)/share/vecinos/content")
        let problem = #expect(throws: Config.Problem.self) {
            try Config(dataFolder: "d", executable: "/nowhere/bin/vecinos")
        }
        #expect(problem?.key == "VECINOS_CONTENT")
    }
}
