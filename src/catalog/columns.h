// Columns: which table and columns a record is kept in, listed once per record, and how each field becomes a value of
// the database. Internal to catalog/.
//
// Whole numbers, flags and times (milliseconds since 1970) are BIGINT; states and error codes are their names, so that
// reordering an enum cannot change what is stored; extras are a JSON array of [name, value] pairs.
#pragma once

#include <cstdint>
#include <limits>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "base/clock.h"
#include "base/params.h"
#include "catalog/records.h"

namespace stile::catalog {

// A value on its way into or out of a statement.
struct Slot {
  enum class Kind { text, number };
  Kind kind = Kind::text;
  bool null = false;
  std::string text;
  long long number = 0;
};

// A number beyond what a BIGINT holds was given.
struct NumberTooLarge : std::range_error {
  NumberTooLarge() : std::range_error("a number above 2^63-1") {}
};

std::string to_json(const Params& params);
Params params_from_json(std::string_view text);  // text that we did not write gives no params
std::string_view to_text(TokenKind kind);
std::string_view to_text(UploadState state);
std::string_view to_text(EventState state);
TokenKind token_kind_from(std::string_view text);
UploadState upload_state_from(std::string_view text);
EventState event_state_from(std::string_view text);
Errc errc_from(std::string_view text);  // io_error when the name is not known (any more)

// Fields

template <class T>
inline constexpr Slot::Kind kKindOf =
    std::is_same_v<T, std::string> || std::is_same_v<T, Params> || std::is_same_v<T, UploadState> ||
            std::is_same_v<T, EventState> || std::is_same_v<T, Errc> || std::is_same_v<T, TokenKind>
        ? Slot::Kind::text
        : Slot::Kind::number;

inline void put(Slot& slot, const std::string& value) { slot.text = value; }
inline void put(Slot& slot, const Params& value) { slot.text = to_json(value); }
inline void put(Slot& slot, TokenKind value) { slot.text = to_text(value); }
inline void put(Slot& slot, UploadState value) { slot.text = to_text(value); }
inline void put(Slot& slot, EventState value) { slot.text = to_text(value); }
inline void put(Slot& slot, Errc value) { slot.text = to_string(value); }
inline void put(Slot& slot, std::int64_t value) { slot.number = value; }
inline void put(Slot& slot, std::uint32_t value) { slot.number = value; }
inline void put(Slot& slot, std::uint64_t value) {
  if (value > std::uint64_t(std::numeric_limits<std::int64_t>::max())) throw NumberTooLarge();
  slot.number = static_cast<long long>(value);
}
inline void put(Slot& slot, bool value) { slot.number = value ? 1 : 0; }
inline void put(Slot& slot, Level value) { slot.number = static_cast<int>(value); }
inline void put(Slot& slot, WallTime value) { slot.number = epoch_milliseconds(value); }
inline void put(Slot& slot, const std::optional<WallTime>& value) {
  slot.null = !value;
  slot.number = value ? epoch_milliseconds(*value) : 0;
}

inline void take(const Slot& slot, std::string& value) { value = slot.text; }
inline void take(const Slot& slot, Params& value) { value = params_from_json(slot.text); }
inline void take(const Slot& slot, TokenKind& value) { value = token_kind_from(slot.text); }
inline void take(const Slot& slot, UploadState& value) { value = upload_state_from(slot.text); }
inline void take(const Slot& slot, EventState& value) { value = event_state_from(slot.text); }
inline void take(const Slot& slot, Errc& value) { value = errc_from(slot.text); }
inline void take(const Slot& slot, std::int64_t& value) { value = slot.number; }
inline void take(const Slot& slot, std::uint32_t& value) { value = static_cast<std::uint32_t>(slot.number); }
inline void take(const Slot& slot, std::uint64_t& value) { value = static_cast<std::uint64_t>(slot.number); }
inline void take(const Slot& slot, bool& value) { value = slot.number != 0; }
inline void take(const Slot& slot, Level& value) { value = static_cast<Level>(slot.number); }
inline void take(const Slot& slot, WallTime& value) { value = from_epoch_milliseconds(slot.number); }
inline void take(const Slot& slot, std::optional<WallTime>& value) {
  value = slot.null ? std::nullopt : std::optional(from_epoch_milliseconds(slot.number));
}

// Records: Columns<R>::each(record, visit) calls visit(name, field) in column order.

template <class Record>
struct Columns;

inline void each_metadata_column(auto& metadata, auto&& visit) {
  visit("title", metadata.title);
  visit("description", metadata.description);
  visit("tags", metadata.tags);
  visit("album_ids", metadata.album_ids);
  visit("publish", metadata.publish);
  visit("publish_date", metadata.publish_date);
  visit("absolute_url", metadata.absolute_url);
  visit("variables", metadata.variables);
}

template <>
struct Columns<Token> {
  static constexpr std::string_view kTable = "tokens";
  static void each(auto& token, auto&& visit) {
    visit("token", token.token);
    visit("kind", token.kind);
    visit("photo_id", token.photo_id);
    visit("number", token.number);
    visit("created_at", token.created_at);
    visit("valid_until", token.valid_until);
    visit("valid_minutes", token.valid_minutes);
    visit("max_uploads", token.max_uploads);
    visit("used", token.used);
    visit("revoked", token.revoked);
    visit("user_id", token.user_id);
    each_metadata_column(token.metadata, visit);
    visit("return_url", token.return_url);
    visit("background_return", token.background_return);
    visit("extras", token.extras);
    visit("max_file_bytes", token.max_file_bytes);
    visit("max_total_bytes", token.max_total_bytes);
    visit("accepted_types", token.accepted_types);
    visit("allowed_origins", token.allowed_origins);
    visit("received_bytes", token.received_bytes);
  }
};

template <>
struct Columns<Upload> {
  static constexpr std::string_view kTable = "uploads";
  static void each(auto& upload, auto&& visit) {
    visit("upload_id", upload.upload_id);
    visit("token", upload.key.token);
    visit("identifier", upload.key.identifier);
    visit("total_size", upload.key.total_size);
    visit("state", upload.state);
    visit("failure", upload.failure);
    visit("photo_id", upload.photo_id);
    visit("file_id", upload.file_id);
    visit("file_name", upload.file_name);
    visit("content_type", upload.content_type);
    visit("extras", upload.extras);
    visit("created_at", upload.created_at);
    visit("changed_at", upload.changed_at);
    visit("callback_url", upload.callback_url);
  }
};

template <>
struct Columns<Receipt> {  // without the upload_id it belongs to
  static constexpr std::string_view kTable = "receipts";
  static void each(auto& receipt, auto&& visit) {
    visit("begin_at", receipt.range.begin);
    visit("end_at", receipt.range.end);
    visit("crc32", receipt.crc32);
  }
};

template <>
struct Columns<Photo> {
  static constexpr std::string_view kTable = "photos";
  static void each(auto& photo, auto&& visit) {
    visit("photo_id", photo.photo_id);
    visit("tree_id", photo.tree_id);
    visit("token", photo.token);
    visit("upload_token", photo.upload_token);
    visit("upload_id", photo.upload_id);
    visit("user_id", photo.user_id);
    each_metadata_column(photo.metadata, visit);
    visit("file_name", photo.file_name);
    visit("content_type", photo.content_type);
    visit("size", photo.size);
    visit("crc32", photo.crc32);
    visit("created_at", photo.created_at);
    visit("promoted", photo.promoted);
    visit("edited_at", photo.edited_at);
    visit("file_id", photo.file_id);
    visit("poster_id", photo.poster_id);
    visit("poster_type", photo.poster_type);
    visit("poster_size", photo.poster_size);
  }
};

template <>
struct Columns<Event> {
  static constexpr std::string_view kTable = "outbox";
  static void each(auto& event, auto&& visit) {
    visit("event_id", event.event_id);
    visit("kind", event.kind);
    visit("photo_id", event.photo_id);
    visit("url", event.url);
    visit("state", event.state);
    visit("attempts", event.attempts);
    visit("created_at", event.created_at);
    visit("next_attempt_at", event.next_attempt_at);
    visit("last_error", event.last_error);
    visit("body", event.body);
    visit("signer", event.signer);
  }
};

template <>
struct Columns<User> {
  static constexpr std::string_view kTable = "users";
  static void each(auto& user, auto&& visit) {
    visit("user_id", user.user_id);
    visit("name", user.name);
    visit("created_at", user.created_at);
    visit("username", user.username);
    visit("email", user.email);
    visit("full_name", user.full_name);
    visit("timezone", user.timezone);
    visit("about", user.about);
    visit("site_admin", user.site_admin);
    visit("password_hash", user.password_hash);
    visit("last_login_at", user.last_login_at);
  }
};

template <>
struct Columns<Credentials> {
  static constexpr std::string_view kTable = "credentials";
  static void each(auto& credentials, auto&& visit) {
    visit("name", credentials.name);
    visit("level", credentials.level);
    visit("user_id", credentials.user_id);
    visit("consumer_key", credentials.consumer_key);
    visit("consumer_secret", credentials.consumer_secret);
    visit("access_token", credentials.access_token);
    visit("access_token_secret", credentials.access_token_secret);
    visit("bearer_sha256", credentials.bearer_sha256);
    visit("revoked", credentials.revoked);
    visit("created_at", credentials.created_at);
  }
};

template <>
struct Columns<Album> {
  static constexpr std::string_view kTable = "albums";
  static void each(auto& album, auto&& visit) {
    visit("album_id", album.album_id);
    visit("token", album.token);
    visit("title", album.title);
    visit("description", album.description);
    visit("hidden", album.hidden);
    visit("user_id", album.user_id);
    visit("created_at", album.created_at);
    visit("edited_at", album.edited_at);
  }
};

template <class T>
concept Record = requires { Columns<T>::kTable; };

// Statements and slots made from the lists above

// "token, created_at, …"
template <Record R>
std::string columns_of() {
  std::string text;
  const R record{};
  Columns<R>::each(record, [&](std::string_view name, auto&) { (text += text.empty() ? "" : ", ") += name; });
  return text;
}

// "INSERT INTO tokens(token, …) VALUES(:token, …)"
template <Record R>
std::string insert_of() {
  std::string values;
  const R record{};
  Columns<R>::each(record, [&](std::string_view name, auto&) { (values += values.empty() ? ":" : ", :") += name; });
  return "INSERT INTO " + std::string(Columns<R>::kTable) + "(" + columns_of<R>() + ") VALUES(" + values + ")";
}

// "SELECT token, … FROM tokens ", to be gone on with WHERE …
template <Record R>
std::string select_of() {
  return "SELECT " + columns_of<R>() + " FROM " + std::string(Columns<R>::kTable) + " ";
}

template <class T>
void append_slots(std::vector<Slot>& slots) {
  if constexpr (Record<T>) {
    const T record{};
    Columns<T>::each(record, [&](std::string_view, auto& field) {
      append_slots<std::remove_cvref_t<decltype(field)>>(slots);
    });
  } else {
    slots.push_back(Slot{.kind = kKindOf<T>, .null = false, .text = {}, .number = 0});
  }
}

// Fills the first slots from `value` and moves on behind them.
template <class T>
void write_slots(std::span<Slot>& slots, const T& value) {
  if constexpr (Record<T>) {
    Columns<T>::each(value, [&](std::string_view, auto& field) { write_slots(slots, field); });
  } else {
    put(slots.front(), value);
    slots = slots.subspan(1);
  }
}

template <class T>
T read_slots(std::span<const Slot> slots) {
  T value{};
  if constexpr (Record<T>) {
    std::size_t next = 0;
    Columns<T>::each(value, [&](std::string_view, auto& field) { take(slots[next++], field); });
  } else {
    take(slots.front(), value);
  }
  return value;
}

}  // namespace stile::catalog
