// SPDX-License-Identifier: AGPL-3.0-or-later
import Kit
import Vault

/// What the procedure does by itself: which verb each waiting job is, and what ends with a member who is removed. Every job
/// bears being done twice.
package enum ResponseJobs {
    /// `speed` divides the procedure's clock, for drills; timings are read when the job runs, so that a change of the
    /// settings holds at once.
    package static func register(
        with worker: Worker,
        database: Database,
        places: Places,
        keys: InstanceKeys,
        speed: Double = 1
    ) {
        database.companions.attach(Leaving.departure)
        worker.handle(NextWave.self) { job in
            try await database.write { tx in
                try Dispatch.nextWave(job.dispatch, timings: Timings.load(speed: speed, in: tx), places: places, in: tx)
            }
        }
        worker.handle(OfferExpiry.self) { job in
            try await database.write { tx in try Dispatch.expireOffers(job.dispatch, in: tx) }
        }
        worker.handle(CheckInDue.self) { job in
            try await database.write { tx in
                try CheckIn.due(job.assignment, timings: Timings.load(speed: speed, in: tx), in: tx)
            }
        }
        worker.handle(CheckInCall.self) { job in
            try await database.write { tx in try CheckIn.ring(job, keys: keys, in: tx) }
        }
        worker.handle(ShiftBegins.self) { job in
            try await database.write { tx in try CommTest.ask(whoPlanned: job.shift, in: tx) }
        }
        worker.handle(ShiftPastEnd.self) { job in
            try await database.write { tx in try Shift.remind(ofEnd: job.shift, in: tx) }
        }
        worker.handle(CommTestDue.self) { job in
            try await database.write { tx in
                try CommTest.due(job.shift, timings: Timings.load(speed: speed, in: tx), in: tx)
            }
        }
        worker.handle(AttorneyChain.self) { job in
            try await database.write { tx in
                try AttorneyOnCall.next(job.incident, timings: Timings.load(speed: speed, in: tx), in: tx)
            }
        }
        worker.handle(BroadcastReview.self) { job in
            try await database.write { tx in try Broadcast.askForReview(job.broadcast, in: tx) }
        }
        worker.handle(BroadcastEnd.self) { job in
            try await database.write { tx in try Broadcast.expire(job.broadcast, in: tx) }
        }
        worker.handle(ReviewDue.self) { job in
            try await database.write { tx in
                try Incident.askForReview(job.incident, timings: Timings.load(speed: speed, in: tx), in: tx)
            }
        }
        worker.handle(DebriefDue.self) { job in
            try await database.write { tx in try Debrief.remind(job, in: tx) }
        }
        worker.handle(ExpireIncident.self) { job in try await job.perform(in: database) }
    }
}
