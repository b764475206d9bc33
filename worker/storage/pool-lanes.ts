/**
 * Lanes of a pool: the ready jobs of one owner, type and priority. They make the order: highest priority first; inside a
 * band the owner with the lowest pass (stride scheduling, one ticket each: every job served raises its owner's pass by
 * one); of equals, who waits longest. After Waldspurger and Weihl, "Stride Scheduling", MIT/LCS/TM-528 (1995).
 *
 * An owner that comes into a band begins at the pass served last, so that having been idle is no credit. What it was
 * served beyond that is kept in `shares` until the band has caught up.
 */

/** What a lane is named by. */
export interface LaneName {
  readonly priority: number;
  readonly type: string;
  readonly owner: string;
}

/** Creates the tables. Cheap when they exist. */
export function migrateLanes(sql: SqlStorage): void {
  sql.exec(`CREATE TABLE IF NOT EXISTS lanes (
    priority INTEGER NOT NULL, owner TEXT NOT NULL, type TEXT NOT NULL, pass INTEGER NOT NULL, open INTEGER NOT NULL,
    ready INTEGER NOT NULL, head_at INTEGER NOT NULL, PRIMARY KEY (priority, owner, type)) WITHOUT ROWID`);
  sql.exec("CREATE INDEX IF NOT EXISTS lanes_next ON lanes (type, priority DESC, pass, head_at, owner) WHERE open = 1");
  sql.exec("CREATE INDEX IF NOT EXISTS lanes_owner ON lanes (owner)");
  sql.exec("CREATE TABLE IF NOT EXISTS bands (priority INTEGER PRIMARY KEY, pass INTEGER NOT NULL)");
  sql.exec(`CREATE TABLE IF NOT EXISTS shares (
    priority INTEGER NOT NULL, owner TEXT NOT NULL, pass INTEGER NOT NULL, PRIMARY KEY (priority, owner)) WITHOUT ROWID`);
  sql.exec("CREATE INDEX IF NOT EXISTS shares_pass ON shares (priority, pass)");
}

/** The lane that is next for a runner of these types, or null. */
export function nextLane(sql: SqlStorage, types: readonly string[]): LaneName | null {
  type Row = { priority: number; owner: string; type: string; pass: number; head_at: number };
  const firsts = types.flatMap((type) =>
    sql
      .exec<Row>(
        `SELECT priority, owner, type, pass, head_at FROM lanes WHERE open = 1 AND type = ?
         ORDER BY priority DESC, pass, head_at, owner LIMIT 1`,
        type,
      )
      .toArray(),
  );
  firsts.sort((a, b) => b.priority - a.priority || a.pass - b.pass || a.head_at - b.head_at);
  return firsts[0] ?? null;
}

/** The owner is served one job of this lane. Goes before the job leaves it. */
export function chargeLane(sql: SqlStorage, { priority, owner, type }: LaneName): void {
  const { pass } = sql
    .exec<{ pass: number }>(
      "SELECT pass FROM lanes WHERE priority = ? AND owner = ? AND type = ?",
      priority,
      owner,
      type,
    )
    .one();
  sql.exec("INSERT OR REPLACE INTO bands (priority, pass) VALUES (?, ?)", priority, pass);
  sql.exec("UPDATE lanes SET pass = pass + 1 WHERE priority = ? AND owner = ?", priority, owner);
  // A share that the band has caught up with says nothing any more.
  sql.exec("DELETE FROM shares WHERE priority = ? AND pass <= ?", priority, pass);
}

/**
 * A job came into the lane (+1) or left it (−1).
 * @param headAt when the oldest job now in the lane was put in line; null when it is empty
 */
export function stepInLane(sql: SqlStorage, lane: LaneName, step: 1 | -1, headAt: number | null): void {
  const { priority, owner, type } = lane;
  const siblings = sql
    .exec<{ type: string; pass: number; open: number; ready: number }>(
      "SELECT type, pass, open, ready FROM lanes WHERE priority = ? AND owner = ?",
      priority,
      owner,
    )
    .toArray();
  const before = siblings.find((sibling) => sibling.type === type);
  if (headAt === null) {
    sql.exec("DELETE FROM lanes WHERE priority = ? AND owner = ? AND type = ?", priority, owner, type);
    if (before && siblings.length === 1 && before.pass > bandPass(sql, priority)) {
      sql.exec("INSERT OR REPLACE INTO shares (priority, owner, pass) VALUES (?, ?, ?)", priority, owner, before.pass);
    }
    return;
  }
  const { pass, open } = before ?? siblings[0] ?? { pass: firstPass(sql, priority, owner), open: 1 };
  sql.exec(
    "INSERT OR REPLACE INTO lanes (priority, owner, type, pass, open, ready, head_at) VALUES (?, ?, ?, ?, ?, ?, ?)",
    priority,
    owner,
    type,
    pass,
    open,
    (before?.ready ?? 0) + step,
    headAt,
  );
}

/** The owner may be served again. The time it might not is no credit. */
export function openLanes(sql: SqlStorage, owner: string): void {
  sql.exec(
    `UPDATE lanes SET open = 1, pass = MAX(pass, COALESCE((SELECT pass FROM bands WHERE priority = lanes.priority), 0))
     WHERE owner = ? AND open = 0`,
    owner,
  );
}

/** The owner may not be served. */
export function closeLanes(sql: SqlStorage, owner: string): void {
  sql.exec("UPDATE lanes SET open = 0 WHERE owner = ? AND open = 1", owner);
}

function bandPass(sql: SqlStorage, priority: number): number {
  return sql.exec<{ pass: number }>("SELECT pass FROM bands WHERE priority = ?", priority).toArray()[0]?.pass ?? 0;
}

/** Where an owner begins that has no lane in the band. */
function firstPass(sql: SqlStorage, priority: number, owner: string): number {
  const share = sql
    .exec<{ pass: number }>("SELECT pass FROM shares WHERE priority = ? AND owner = ?", priority, owner)
    .toArray()[0];
  if (share) sql.exec("DELETE FROM shares WHERE priority = ? AND owner = ?", priority, owner);
  return Math.max(share?.pass ?? 0, bandPass(sql, priority));
}
