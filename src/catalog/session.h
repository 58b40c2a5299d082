// Session: one connection to the database, with its prepared statements kept. Internal to catalog/.
//
// The only file that knows SOCI is session.cc; this header knows plain slots, which columns.h fills from domain values.
// Every statement is prepared once per session and kept under its text, so texts must be constants or built once.
// A :name may occur once per statement (PostgreSQL numbers each occurrence, SQLite only the first), in the order of the
// arguments.
//
// Threads: one at a time. Blocking: everything, up to the busy timeout.
// Errors: SqlError; nothing of a bound value (they hold secrets) gets into its text.
// Snapshots: no statement is left standing on a row: in SQLite that would pin an old snapshot for the next read.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "catalog/columns.h"

namespace stile::catalog {

// What the database answered instead, translated once (session.cc).
class SqlError : public std::runtime_error {
 public:
  enum class Scope {
    statement,    // a constraint or a value was refused; the transaction is intact
    transaction,  // anything else; the transaction may be gone
  };
  SqlError(Scope scope, Errc code, const std::string& cause) : std::runtime_error(cause), scope_(scope), code_(code) {}
  Scope scope() const { return scope_; }
  Errc code() const { return code_; }
  Error to_error() const { return Error{code_, {}, what()}; }

 private:
  Scope scope_;
  Errc code_;
};

class Session {
 public:
  // Opens or creates the SQLite file at `path`. Throws SqlError.
  Session(const std::string& path, Milliseconds busy_timeout);
  ~Session();
  Session(const Session&) = delete;

  // Runs a statement that returns no rows; returns how many rows it changed.
  template <class... Args>
  std::int64_t run(std::string_view sql, const Args&... args) {
    Statement& statement = prepared<NoRow>(sql, args...);
    return execute(statement, sql);
  }

  // The first row, if any. The statement must be one that yields at most one.
  template <class Row, class... Args>
  std::optional<Row> one(std::string_view sql, const Args&... args) {
    std::vector<Row> rows = all<Row>(sql, args...);
    if (rows.empty()) return std::nullopt;
    return std::move(rows.front());
  }

  template <class Row, class... Args>
  std::vector<Row> all(std::string_view sql, const Args&... args) {
    Statement& statement = prepared<Row>(sql, args...);
    std::vector<Row> rows;
    start(statement, sql);
    while (fetch(statement, sql)) rows.push_back(read_slots<Row>(out(statement)));
    return rows;
  }

  // The same for a text that was put together from what a caller asked for: it is not kept, because such texts are as
  // many as the ways to ask.
  template <class Row>
  std::vector<Row> all_unkept(const std::string& sql, std::vector<Slot> args) {
    std::vector<Slot> columns;
    append_slots<Row>(columns);
    const std::shared_ptr<Statement> statement = prepare_unkept(sql, std::move(args), std::move(columns));
    std::vector<Row> rows;
    start(*statement, sql);
    while (fetch(*statement, sql)) rows.push_back(read_slots<Row>(out(*statement)));
    return rows;
  }

  // Runs `sql` unprepared and without arguments: settings and schema.
  void run_once(const std::string& sql);

  // From now on no commit of this session copies the log back. log_frames(): what the log held after the last one.
  void leave_log_alone();
  std::int64_t log_frames() const;

  // For the test of query plans: the texts of all statements kept, and the steps by which SQLite would run one.
  std::vector<std::string> statements() const;
  std::vector<std::string> explain(const std::string& sql);

 private:
  class Statement;
  struct NoRow {};

  template <class Row, class... Args>
  Statement& prepared(std::string_view sql, const Args&... args) {
    Statement* statement = find(sql);
    if (statement == nullptr) {
      std::vector<Slot> in;
      (append_slots<Args>(in), ...);
      std::vector<Slot> columns;
      if constexpr (!std::is_same_v<Row, NoRow>) append_slots<Row>(columns);
      statement = &prepare(sql, std::move(in), std::move(columns));
    }
    std::span<Slot> slots = in(*statement);
    (write_slots(slots, args), ...);
    return *statement;
  }

  Statement* find(std::string_view sql);
  Statement& prepare(std::string_view sql, std::vector<Slot> in, std::vector<Slot> out);
  std::shared_ptr<Statement> prepare_unkept(const std::string& sql, std::vector<Slot> in, std::vector<Slot> out);
  std::span<Slot> in(Statement& statement);
  std::span<Slot> out(Statement& statement);
  std::int64_t execute(Statement& statement, std::string_view sql);
  void start(Statement& statement, std::string_view sql);
  bool fetch(Statement& statement, std::string_view sql);

  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace stile::catalog
