// SPDX-License-Identifier: AGPL-3.0-or-later
import Kit

/// What this area's tables hold: see `Holding`.
extension MessagingMigrations {
    package static let told = Keeping(
        "messages",
        "keeping.messages|What members were told in the app, after it was over",
        always: .days(30)
    )

    package static let keepings = [told, Conversation.kept, FiledText.kept]

    private static let asBulletin: Holding.Kept = .words("holding.as_bulletin|As long as the message to subscribers")
    private static let asSubscriber: Holding.Kept = .words("holding.as_subscriber|Until they stop it")

    package static let holdings: [Holding] = [
        Holding(
            "messages",
            "holding.messages|What members were told in the app: a kind and a reference",
            day: "created_at",
            kept: .by(told),
            plain: """
                id person kind subject unique_key created_at read_at acknowledged_at declined_at expires_at exercise
                """
        ),
        Holding(
            "providers",
            "holding.providers|Services that carry messages, and our account there",
            day: "changed_at",
            kept: .words("holding.until_changed|Until it is changed"),
            plain: "channel make is_on rate price private_networks changed_at changed_by",
            instanceKey: "account"
        ),
        Holding(
            "contacts",
            "holding.contacts|How members can be reached outside the app",
            day: "created_at",
            kept: .words("holding.until_removed|Until they take it away or leave"),
            plain: "id person channel code_until code_tries confirmed_at rings created_at",
            instanceKey: "address",
            hash: "address_index code"
        ),
        Holding(
            "outbox",
            "holding.outbox|Messages on their way out",
            day: "created_at",
            kept: .words("holding.a_day|Until it is sent, 24 hours at most"),
            plain: """
                id unique_key channel pool organisation nearness state contact message passes_opt_out created_at \
                run_at expires_at attempts lease leased_until twice_at reference delivery closed_at last_error
                """,
            instanceKey: "content",
            hash: "address_index"
        ),
        Holding(
            "opt_outs",
            "holding.opt_outs|Who said stop: a fingerprint of the address",
            day: "at",
            kept: .words("holding.always|As long as the server is used"),
            plain: "channel at",
            hash: "address_index"
        ),
        Holding(
            "inbound_texts",
            "holding.inbound_texts|Marks that stop a text from being read twice",
            day: "at",
            kept: .words("holding.days|A few days"),
            plain: "id at"
        ),
        Holding(
            "conversations",
            "holding.conversations|Reports by text that are not finished: the words are locked",
            day: "at",
            kept: .by(Conversation.kept),
            plain: "id channel state language at",
            instanceKey: "content",
            hash: "address_index"
        ),
        Holding(
            "filed_texts",
            "holding.filed_texts|Which report somebody just sent by text: a fingerprint of the number",
            day: "at",
            kept: .by(FiledText.kept),
            plain: "channel report language is_overflow at",
            hash: "address_index"
        ),
        Holding(
            "call_recordings",
            "holding.call_recordings|Recordings that the telephone provider still has",
            day: "at",
            kept: .words("holding.until_provider_deleted|Until it is sealed here and deleted there"),
            plain: "id purpose language is_overflow at filed_at",
            instanceKey: "name",
            hash: "name_index"
        ),
        Holding(
            "web_hooks",
            "holding.web_hooks|Programs of others that are told what we tell the public",
            day: "made_at",
            kept: .words("holding.until_taken_away|Until somebody takes it away"),
            plain: "id organisation name state old_until made_by made_at",
            instanceKey: "target",
            hash: "address_index"
        ),
        Holding(
            "text_pictures",
            "holding.text_pictures|Pictures by text that the provider still has: their names there",
            day: "at",
            kept: .words("holding.until_provider_deleted|Until it is sealed here and deleted there"),
            plain: "id channel adds is_overflow language at filed_at",
            instanceKey: "name",
            hash: "name_index address_index"
        ),
        Holding(
            "subscribers",
            "holding.subscribers|Subscribers: language, topics, consent; the address is locked",
            kept: asSubscriber,
            plain: """
                number channel language topics quiet_from quiet_to urgent_passes is_canary state code_until code_tries \
                consent_how consent_by consent_version consent_day
                """,
            instanceKey: "address",
            hash: "address_index code"
        ),
        Holding(
            "subscriber_places",
            "holding.subscriber_places|Neighborhoods that subscribers chose",
            kept: asSubscriber,
            plain: "subscriber place"
        ),
        Holding(
            "subscriber_changes",
            "holding.subscriber_changes|Which subscriber numbers were changed or removed, the last ten thousand",
            kept: .words("holding.ten_thousand|Until ten thousand others came after it"),
            plain: "mark number"
        ),
        Holding(
            "bulletins",
            "holding.bulletins|Messages to subscribers: about what, when",
            day: "created_at",
            kept: .words("holding.bulletins_kept|30 days"),
            plain: """
                number cause organisation topic is_urgent follows state gathered_to gather_end created_at expires_at \
                ended_at
                """
        ),
        Holding(
            "bulletin_texts",
            "holding.bulletin_texts|Their words, which were public",
            kept: asBulletin,
            plain: "bulletin language subject text short link"
        ),
        Holding(
            "bulletin_places",
            "holding.bulletin_places|Their neighborhoods",
            kept: asBulletin,
            plain: "bulletin place nearness"
        ),
        Holding(
            "bulletin_runs",
            "holding.bulletin_runs|How many were sent",
            kept: asBulletin,
            plain: """
                bulletin channel total sent failed stopped twice twice_at at_nearness at_subscriber to_nearness \
                to_subscriber resume_at lease leased_until failures put_off last_error
                """
        ),
        Holding(
            "deliveries",
            "holding.deliveries|Which subscriber number still waits for a message",
            kept: asBulletin,
            plain: "bulletin channel nearness subscriber state attempts not_before twice"
        ),
        Holding(
            "delivery_chunks",
            "holding.delivery_chunks|Which subscriber numbers a message is for, 500 in a row, and what became of each",
            kept: asBulletin,
            plain: "bulletin channel nearness last size waiting subscribers states"
        ),
    ]
}
