#include "catalog/session.h"

#include <soci/soci.h>
#include <soci/sqlite3/soci-sqlite3.h>

#include <unordered_map>

namespace stile::catalog {

namespace {

// The one translator from the database's errors to ours.
[[noreturn]] void translate_and_throw() {
  using Scope = SqlError::Scope;
  try {
    throw;
  } catch (const soci::sqlite3_soci_error& error) {
    // get_error_message() and not what(): the latter quotes the bound values, tokens and secrets among them.
    const std::string cause = "sqlite " + std::to_string(error.result()) + ": " + error.get_error_message();
    switch (error.result() & 0xff) {
      case SQLITE_CONSTRAINT:
        // Expected conflicts are asked for in SQL; what arrives here is a surprise.
        throw SqlError(Scope::statement, Errc::io_error, cause);
      case SQLITE_FULL:
        throw SqlError(Scope::transaction, Errc::disk_full, cause);
      case SQLITE_BUSY:
      case SQLITE_LOCKED:
        throw SqlError(Scope::transaction, Errc::busy, cause);
      default:
        throw SqlError(Scope::transaction, Errc::io_error, cause);
    }
  } catch (const soci::soci_error& error) {
    throw SqlError(Scope::transaction, Errc::io_error, "soci: " + error.get_error_message());
  }
}

std::string connection_string(const std::string& path) {
  // SOCI's little language of settings knows quotes but no escape for them.
  if (path.find('"') != std::string::npos)
    throw SqlError(SqlError::Scope::transaction, Errc::invalid_input, "a quotation mark in the path: " + path);
  return "db=\"" + path + "\"";
}

}  // namespace

class Session::Statement {
 public:
  Statement(soci::session& session, const std::string& sql, std::vector<Slot> in, std::vector<Slot> out)
      : in(std::move(in)), out(std::move(out)), in_nulls_(this->in.size()), out_nulls_(this->out.size()),
        statement_(session) {
    for (std::size_t i = 0; i < this->in.size(); ++i) {
      Slot& slot = this->in[i];
      if (slot.kind == Slot::Kind::text)
        statement_.exchange(soci::use(slot.text, in_nulls_[i]));
      else
        statement_.exchange(soci::use(slot.number, in_nulls_[i]));
    }
    for (std::size_t i = 0; i < this->out.size(); ++i) {
      Slot& slot = this->out[i];
      if (slot.kind == Slot::Kind::text)
        statement_.exchange(soci::into(slot.text, out_nulls_[i]));
      else
        statement_.exchange(soci::into(slot.number, out_nulls_[i]));
    }
    statement_.alloc();
    statement_.prepare(sql);
    statement_.define_and_bind();
  }

  std::int64_t execute() {
    set_nulls();
    statement_.execute(true);
    return statement_.get_affected_rows();
  }
  void start() {
    set_nulls();
    statement_.execute(false);
  }
  bool fetch() {
    if (!statement_.fetch()) return false;
    for (std::size_t i = 0; i < out.size(); ++i) out[i].null = out_nulls_[i] == soci::i_null;
    return true;
  }

  // SOCI is bound to these: they are never resized.
  std::vector<Slot> in;
  std::vector<Slot> out;

 private:
  void set_nulls() {
    for (std::size_t i = 0; i < in.size(); ++i) in_nulls_[i] = in[i].null ? soci::i_null : soci::i_ok;
  }

  std::vector<soci::indicator> in_nulls_;
  std::vector<soci::indicator> out_nulls_;
  soci::statement statement_;
};

struct Session::Impl {
  struct TextHash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const { return std::hash<std::string_view>()(text); }
  };

  std::int64_t log_frames = 0;  // before session, which writes it
  soci::session session;
  std::unordered_map<std::string, std::unique_ptr<Statement>, TextHash, std::equal_to<>> statements;  // after session

  // After a failure SOCI's statement may be half-way; a fresh one costs microseconds and has no past.
  [[noreturn]] void drop_and_throw(std::string_view sql) {
    try {
      translate_and_throw();
    } catch (...) {
      if (auto found = statements.find(sql); found != statements.end()) statements.erase(found);
      throw;
    }
  }
};

Session::Session(const std::string& path, Milliseconds busy_timeout) : impl_(std::make_unique<Impl>()) {
  const std::string connection = connection_string(path);
  try {
    impl_->session.open(soci::sqlite3, connection);
  } catch (...) {
    translate_and_throw();
  }
  run_once("PRAGMA busy_timeout = " + std::to_string(busy_timeout.count()));
  run_once("PRAGMA foreign_keys = ON");
}

Session::~Session() = default;

void Session::run_once(const std::string& sql) {
  try {
    impl_->session << sql;
  } catch (...) {
    translate_and_throw();
  }
}

void Session::leave_log_alone() {
  namespace sqlite = sqlite_api;
  const auto count = [](void* frames, sqlite::sqlite3*, const char*, int in_log) {
    *static_cast<std::int64_t*>(frames) = in_log;
    return SQLITE_OK;
  };
  // There is one such hook, and copying the log back after a commit was what it did.
  auto& backend = static_cast<soci::sqlite3_session_backend&>(*impl_->session.get_backend());
  sqlite::sqlite3_wal_hook(backend.conn_, count, &impl_->log_frames);
}

std::int64_t Session::log_frames() const { return impl_->log_frames; }

std::vector<std::string> Session::statements() const {
  std::vector<std::string> texts;
  for (const auto& [sql, statement] : impl_->statements) texts.push_back(sql);
  return texts;
}

std::vector<std::string> Session::explain(const std::string& sql) {
  std::vector<std::string> steps;
  try {
    // Unbound parameters count as NULL, which changes no plan.
    soci::statement statement(impl_->session);
    long long id = 0, parent = 0, unused = 0;
    std::string detail;
    statement.exchange(soci::into(id));
    statement.exchange(soci::into(parent));
    statement.exchange(soci::into(unused));
    statement.exchange(soci::into(detail));
    statement.alloc();
    statement.prepare("EXPLAIN QUERY PLAN " + sql);
    statement.define_and_bind();
    statement.execute(false);
    while (statement.fetch()) steps.push_back(detail);
  } catch (...) {
    translate_and_throw();
  }
  return steps;
}

Session::Statement* Session::find(std::string_view sql) {
  const auto found = impl_->statements.find(sql);
  return found == impl_->statements.end() ? nullptr : found->second.get();
}

Session::Statement& Session::prepare(std::string_view sql, std::vector<Slot> in, std::vector<Slot> out) {
  try {
    auto made = std::make_unique<Statement>(impl_->session, std::string(sql), std::move(in), std::move(out));
    return *impl_->statements.emplace(std::string(sql), std::move(made)).first->second;
  } catch (...) {
    translate_and_throw();
  }
}

std::shared_ptr<Session::Statement> Session::prepare_unkept(const std::string& sql, std::vector<Slot> in,
                                                            std::vector<Slot> out) {
  try {
    return std::make_shared<Statement>(impl_->session, sql, std::move(in), std::move(out));
  } catch (...) {
    translate_and_throw();
  }
}

std::span<Slot> Session::in(Statement& statement) { return statement.in; }
std::span<Slot> Session::out(Statement& statement) { return statement.out; }

std::int64_t Session::execute(Statement& statement, std::string_view sql) {
  try {
    return statement.execute();
  } catch (...) {
    impl_->drop_and_throw(sql);
  }
}

void Session::start(Statement& statement, std::string_view sql) {
  try {
    statement.start();
  } catch (...) {
    impl_->drop_and_throw(sql);
  }
}

bool Session::fetch(Statement& statement, std::string_view sql) {
  try {
    return statement.fetch();
  } catch (...) {
    impl_->drop_and_throw(sql);
  }
}

}  // namespace stile::catalog
