// SqlCatalog: users as people. They number in the thousands, so a search may look at each name.
#include "catalog/database.h"
#include "catalog/lookups.h"
#include "catalog/numbers.h"
#include "catalog/query_text.h"

namespace stile::catalog {

namespace {

// Whether somebody else logs in with the name or the address. Either is good for that, so a name must not be another's
// address: it would log in who has the name.
bool is_taken(Session& session, const User& user) {
  for (const std::string& login : {user.username, user.email}) {
    if (login.empty()) continue;
    const auto by_name = session.one<std::int64_t>(
        "SELECT user_id FROM users WHERE lower(username) = lower(:username) AND user_id <> :user_id", login,
        user.user_id);
    const auto by_email = session.one<std::int64_t>(
        "SELECT user_id FROM users WHERE lower(email) = lower(:email) AND email <> '' AND user_id <> :user_id", login,
        user.user_id);
    if (by_name || by_email) return true;
  }
  return false;
}

void write_filter(const UserQuery& query, QueryText& text) {
  text.sql(" FROM users WHERE 1 = 1");
  if (query.user_id) text.sql(" AND user_id = ").value(*query.user_id);
  if (query.search.empty()) return;
  text.sql(" AND (instr(lower(username), lower(").value(query.search);
  text.sql(")) > 0 OR instr(lower(name), lower(").value(query.search).sql(")) > 0");
  if (query.search_email) text.sql(" OR instr(lower(email), lower(").value(query.search).sql(")) > 0");
  text.sql(")");
}

std::string_view column_of(UserOrder order) {
  switch (order) {
    case UserOrder::username: return "lower(username)";
    case UserOrder::site_admin: return "site_admin";
    case UserOrder::email: return "lower(email)";
    case UserOrder::created: return "created_at";
    case UserOrder::last_login: return "COALESCE(last_login_at, 0)";
    case UserOrder::name: return "lower(name)";
  }
  return "user_id";
}

}  // namespace

io::Task<Result<User>> SqlCatalog::add_account(User user) {
  return database_->write(Weight::full, [user = std::move(user)](Session& session) mutable -> Result<User> {
    static const std::string kInsert = insert_of<User>();
    if (is_taken(session, user)) return fail(Errc::already_exists);
    user.user_id = take_numbers(session, "user", 1);
    session.run(kInsert, user);
    return user;
  });
}

io::Task<Result<std::optional<User>>> SqlCatalog::find_user(std::int64_t user_id) {
  return database_->read([user_id](Session& session) {
    static const std::string kFind = select_of<User>() + "WHERE user_id = :user_id";
    return session.one<User>(kFind, user_id);
  });
}

io::Task<Result<std::optional<User>>> SqlCatalog::find_user_by_login(std::string login) {
  return database_->read([login = std::move(login)](Session& session) {
    static const std::string kByName = select_of<User>() + "WHERE lower(username) = lower(:username)";
    static const std::string kByEmail = select_of<User>() + "WHERE lower(email) = lower(:email) AND email <> ''";
    auto user = session.one<User>(kByName, login);
    return user ? user : session.one<User>(kByEmail, login);
  });
}

io::Task<Result<void>> SqlCatalog::update_user(User user) {
  return database_->write(Weight::full, [user = std::move(user)](Session& session) -> Result<void> {
    if (is_taken(session, user)) return fail(Errc::already_exists);
    const auto changed = session.run(
        "UPDATE users SET name = :name, username = :username, email = :email, full_name = :full_name, "
        "timezone = :timezone, about = :about, site_admin = :site_admin, password_hash = :password_hash, "
        "last_login_at = :last_login_at WHERE user_id = :user_id",
        user.name, user.username, user.email, user.full_name, user.timezone, user.about, user.site_admin,
        user.password_hash, user.last_login_at, user.user_id);
    if (changed == 0) return fail(Errc::not_found);
    return {};
  });
}

io::Task<Result<Listing<User>>> SqlCatalog::list_users(UserQuery query) {
  return database_->read([query = std::move(query)](Session& session) {
    Listing<User> listing;
    QueryText count;
    write_filter(query, count.sql("SELECT COUNT(*)"));
    listing.total = session.all_unkept<std::int64_t>(count.text(), count.values()).front();
    if (query.offset >= listing.total) return listing;
    QueryText page;
    write_filter(query, page.sql("SELECT ").sql(columns_of<User>()));
    page.sql(" ORDER BY ").sql(column_of(query.order)).sql(to_sql(query.direction));
    page.sql(", user_id").sql(to_sql(query.direction));
    page.sql(" LIMIT ").value(query.limit).sql(" OFFSET ").value(query.offset);
    listing.items = session.all_unkept<User>(page.text(), page.values());
    return listing;
  });
}

}  // namespace stile::catalog
