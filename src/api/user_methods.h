// The methods user/list, get, create and update, each in a file of its own. Source: spec/api.md 3.15, 6.19.
#pragma once

#include "api/methods.h"

namespace stile::api {

// list_users.cc. email, full_name and site_admin are shown to admin and up.
io::Task<http::Reply> list_users(Call call, Format format, const Services& services);
// get_user.cc: user_id, or the caller. email, full_name and site_admin are shown to admin and up, and of oneself.
io::Task<http::Reply> get_user(Call call, Format format, const Services& services);
// create_user.cc: email (required), username, password, full_name, timezone, site_admin.
io::Task<http::Reply> create_user(Call call, Format format, const Services& services);
// update_user.cc: the same, and about_abstract. Oneself with admin, others with super.
io::Task<http::Reply> update_user(Call call, Format format, const Services& services);

std::string user_url(const std::string& username);

// Reads what create and update have in common, into `user`: what is there. Returns the password that was given, for the
// caller to hash: that is slow, and a call that is refused costs nothing.
Outcome<std::string> read_user(const Call& call, catalog::User& user);

// Makes the user of user/create; also for the command line.
io::Task<Outcome<catalog::User>> create_account(Call call, const Services& services);

}  // namespace stile::api
