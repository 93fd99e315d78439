/* sqlite3_config takes "...", which Swift does not see. Declared and not included: GRDB has the header. */
extern int sqlite3_config(int option, ...);

/* 9 is SQLITE_CONFIG_MEMSTATUS. 0 when taken; only before the first database is opened. */
static inline int vecinos_sqlite_counts_memory(int counts) { return sqlite3_config(9, counts); }
