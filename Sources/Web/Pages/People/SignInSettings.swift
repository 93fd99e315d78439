// SPDX-License-Identifier: AGPL-3.0-or-later
import Kit
import People

/// The settings of signing in: codes, the recovery code, and the devices that are signed in now.
struct SignInSettings {
    let site: Site
    let t: Words
    let caller: Caller
    let token: String
    let devices: [Session.Device]
    let recoveryMadeAt: Instant?
    let typed: String
    let errors: [String: Phrase]

    var html: HTML {
        """
        <div class="columns">\(codes)\(list)</div>
        """
    }

    private var codes: HTML {
        // Where no code is asked for, an app that was set up protects nothing.
        let state =
            !site.asksCodes
            ? Parts.state("", "check-circle", t("session.demonstration|A demonstration: it asks for no code."))
            : caller.hasSecondFactor
                ? Parts.state("good", "check-circle", t("settings.codes_on|Codes are on"))
                : Parts.state("warn", "alert", t("settings.codes_off|Codes are off"))
        let made = recoveryMadeAt.map {
            t("settings.recovery_made|You have a recovery code, made on {day}.", ["day": t.date(LocalTime($0).isoDay)])
        }
        let without = t("settings.recovery_none|You have no recovery code. Without it, a lost phone locks you out.")
        let renew: HTML = """
            <p><a class="button" href="/settings/recovery-code">\(t("settings.recovery_new|Make a new recovery code"))</a></p>
            """
        return """
            <section class="sheet stack close" id="codes"><h2>\(t("settings.codes|Codes and recovery"))</h2><p>\(state)</p>\
            <p><a class="button" href="\(SecondFactorGate.path)">\(caller.hasSecondFactor ? t("settings.codes_move|Use another phone") : t("settings.codes_set|Set up codes"))</a></p>\
            <p>\(made ?? without)</p>\(renew)</section>
            """
    }

    private var list: HTML {
        let lines: [HTML] = devices.map { device in
            let name = device.name ?? t("settings.device_unnamed|No name yet")
            let used = t("settings.device_used|Last used after {time}", ["time": t.moment(device.lastUsed)])
            let mark: HTML =
                device.isThisOne
                ? Parts.state("good", "check", t("settings.device_this|This one"))
                : Parts.button(
                    "/settings/sessions/end",
                    "\(t("settings.device_end|Sign out"))<span class=\"visually-hidden\">: \(name)</span>",
                    token: token,
                    class: "small",
                    fields: [("session", device.id)]
                )
            return """
                <li><div class="stack tight"><p><strong>\(name)</strong></p><p class="soft">\(used)</p></div>\
                <span class="push">\(mark)</span></li>
                """
        }
        let others: HTML =
            devices.count > 1
            ? Parts.button(
                "/settings/sessions/end-others",
                "\(t("settings.devices_end|Sign out everywhere else"))",
                token: token
            ) : .empty
        let name = Ask(
            name: "device",
            label: t("settings.device_name|What do you call this one?"),
            hint: t("settings.device_hint|For you only: phone, computer at the church."),
            value: typed,
            limit: 40,
            error: errors["device"]
        )
        return """
            <section class="sheet stack close" id="devices"><h2>\(t("settings.devices|Where you are signed in"))</h2>\
            <ul class="waiting">\(lines)</ul>\(others)\
            <form class="stack close" method="post" action="/settings/device">\(Parts.hidden([("_token", token)]))\
            \(name.html(t))<div class="turn"><button>\(t("settings.device_save|Save the name"))</button></div></form></section>
            """
    }
}
