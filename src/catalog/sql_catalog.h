// SqlCatalog: the catalog in a database, by default one SQLite file in WAL mode.
//
// Threads: the functions of Catalog from any; inside, one writing thread with group commit (group_commit.h), one that
// copies its log back (checkpointer.h) and a few readers with a connection each. A read sees everything that was
// committed before it was asked.
// Several processes may have the same file open, the command line beside the server.
// Ownership: tasks under way must have ended, or their homes outlive the destructor, which answers all that is queued.
// Errors: see Catalog; open_blocking says in Error::cause what is wrong (damaged file, newer schema).
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/durability.h"
#include "catalog/catalog.h"
#include "catalog/deliveries.h"
#include "catalog/grants.h"
#include "catalog/hooks.h"
#include "catalog/insight.h"
#include "catalog/inspection.h"
#include "catalog/library.h"
#include "catalog/logins.h"
#include "catalog/token_admin.h"
#include "catalog/upkeep.h"
#include "catalog/writer_stats.h"
#include "io/thread_pool.h"

namespace stile::catalog {

// With `file`, receipts and content types are secured by the next full write or checkpoint only.
using stile::Durability;

struct SqlCatalogOptions {
  Durability durability = Durability::chunk;
  std::size_t reader_threads = 2;
  // Operations that may wait for the writer, and as many for the readers; more are refused with busy.
  std::size_t max_queue = 4096;
  // How long another process's transaction is waited for before a batch fails with busy.
  Milliseconds busy_timeout{5'000};
  // Told of the first failure in a row to copy the log back into the database, which no call hears of: nothing is lost,
  // but the log grows. Called on a thread of the catalog.
  std::function<void(const Error&)> checkpoint_failed = {};
};

class SqlCatalog final : public Catalog,
                         public Deliveries,
                         public Grants,
                         public Hooks,
                         public Insight,
                         public Inspection,
                         public Library,
                         public Logins,
                         public TokenAdmin,
                         public Upkeep {
 public:
  using Options = SqlCatalogOptions;

  // Opens or creates the file at `path` (readable by its owner only, as it holds secrets) and brings its schema up to
  // date. Fails with io_error, busy, or invalid_input for a schema newer than this program.
  static Result<std::unique_ptr<SqlCatalog>> open_blocking(const std::string& path, Options options);
  ~SqlCatalog() override;

  // For metrics: transactions committed, operations waiting for the writer, and more of it; the pool that reads.
  std::uint64_t commits() const;
  std::size_t queued() const;
  const WriterStats& writer_stats() const;
  const CheckpointStats& checkpoint_stats() const;
  const Counter& failed_reads() const;  // questions that the database could not answer
  const io::ThreadPool& readers() const;
  // The statements used so far, with the names of their parameters. For the test that explains their plans; call it
  // while nothing runs.
  std::vector<std::string> statements() const;

  io::Task<Result<void>> add_token(Token token) override;
  io::Task<Result<std::optional<Token>>> find_token(std::string token) override;
  io::Task<Result<void>> revoke_token(std::string token) override;

  io::Task<Result<std::optional<Upload>>> find_upload(UploadKey key) override;
  io::Task<Result<Upload>> start_upload(Upload upload, WallTime now, StartLimits limits) override;
  io::Task<Result<std::vector<Receipt>>> receipts(std::string upload_id) override;
  io::Task<Result<void>> add_receipt(std::string upload_id, Receipt receipt, WallTime now) override;
  io::Task<Result<void>> set_content_type(std::string upload_id, std::string content_type) override;
  io::Task<Result<void>> end_upload(std::string upload_id, UploadState state, Errc failure, WallTime now) override;
  io::Task<Result<Photo>> finish_upload(Finish finish, WallTime now) override;
  io::Task<Result<std::vector<Upload>>> open_uploads(std::string after, std::size_t limit) override;
  io::Task<Result<std::vector<std::string>>> known_open(std::vector<std::string> upload_ids) override;
  io::Task<Result<std::size_t>> forget_ended_uploads(WallTime before, std::size_t limit) override;
  io::Task<Result<std::vector<Upload>>> stale_uploads(WallTime before, std::size_t limit) override;
  io::Task<Result<void>> distrust_receipts() override;

  io::Task<Result<std::int64_t>> reserve_photo_ids(std::int64_t count) override;
  io::Task<Result<std::optional<Photo>>> find_photo(std::int64_t photo_id) override;
  io::Task<Result<std::vector<Photo>>> photos_of_token(std::string upload_token, std::size_t limit) override;
  io::Task<Result<std::vector<Photo>>> photos_of_identifier(std::string upload_token, std::string identifier,
                                                            std::size_t limit) override;
  io::Task<Result<std::vector<std::int64_t>>> known_files(std::vector<std::int64_t> file_ids) override;

  io::Task<Result<void>> add_events(std::vector<Event> events) override;
  io::Task<Result<std::vector<Event>>> due_events(WallTime now, std::size_t limit) override;
  io::Task<Result<std::optional<WallTime>>> next_event_time() override;
  io::Task<Result<void>> update_event(Event event) override;
  io::Task<Result<std::vector<Event>>> events_of_photo(std::int64_t photo_id) override;

  io::Task<Result<std::vector<UploadSummary>>> list_uploads(UploadQuery query) override;
  io::Task<Result<std::optional<UploadReport>>> report_upload(std::string upload_id) override;
  io::Task<Result<void>> note_troubles(std::vector<NotedTroubles> troubles) override;
  io::Task<Result<Backlog>> backlog() override;

  io::Task<Result<User>> add_user(std::string name, WallTime now) override;
  io::Task<Result<void>> add_credentials(Credentials credentials) override;
  io::Task<Result<std::optional<Credentials>>> find_credentials_by_bearer(std::string bearer_sha256) override;
  io::Task<Result<std::optional<Credentials>>> find_credentials_by_consumer_key(std::string consumer_key) override;
  io::Task<Result<std::vector<Credentials>>> list_credentials() override;
  io::Task<Result<void>> revoke_credentials(std::string consumer_key) override;

  io::Task<Result<Album>> add_album(Album album) override;
  io::Task<Result<std::vector<std::int64_t>>> known_albums(std::vector<std::int64_t> ids) override;

  io::Task<Result<std::optional<std::string>>> find_fact(std::string name) override;
  io::Task<Result<void>> set_fact(std::string name, std::string value) override;

  io::Task<Result<Listing<ListedPhoto>>> list_photos(PhotoQuery query) override;
  io::Task<Result<Photo>> update_photo(PhotoChange change, WallTime now) override;
  io::Task<Result<Photo>> delete_photo(std::int64_t photo_id, WallTime now) override;
  io::Task<Result<std::optional<WallTime>>> next_publication() override;
  io::Task<Result<std::size_t>> publish_due(WallTime now, std::size_t limit) override;
  io::Task<Result<std::vector<std::int64_t>>> files_to_remove(WallTime until, std::size_t limit) override;
  io::Task<Result<void>> files_removed(std::int64_t file_id) override;

  io::Task<Result<std::optional<Album>>> find_album(std::int64_t album_id) override;
  io::Task<Result<Listing<ListedAlbum>>> list_albums(AlbumQuery query) override;
  io::Task<Result<Album>> find_or_add_album(Album album) override;
  io::Task<Result<void>> update_album(AlbumChange change, WallTime now) override;
  io::Task<Result<void>> delete_album(std::int64_t album_id) override;

  io::Task<Result<Listing<TagCount>>> list_tags(TagQuery query) override;
  io::Task<Result<bool>> has_tag(std::string tag) override;
  io::Task<Result<std::vector<TagCount>>> related_tags(std::string tag, std::size_t limit) override;

  io::Task<Result<User>> add_account(User user) override;
  io::Task<Result<std::optional<User>>> find_user(std::int64_t user_id) override;
  io::Task<Result<std::optional<User>>> find_user_by_login(std::string login) override;
  io::Task<Result<void>> update_user(User user) override;
  io::Task<Result<Listing<User>>> list_users(UserQuery query) override;

  io::Task<Result<void>> add_request(RequestToken request) override;
  io::Task<Result<std::optional<RequestToken>>> find_request(std::string token) override;
  io::Task<Result<void>> approve_request(std::string token, std::int64_t user_id, std::string verifier_sha256,
                                         WallTime now) override;
  io::Task<Result<void>> drop_request(std::string token) override;
  io::Task<Result<Exchange>> exchange_request(std::string token, std::string verifier_sha256, Grant grant,
                                              WallTime now) override;
  io::Task<Result<std::optional<Application>>> find_application(std::string consumer_key, std::string token) override;
  io::Task<Result<std::vector<Grant>>> list_grants() override;
  io::Task<Result<void>> revoke_grant(std::string token) override;

  io::Task<Result<void>> add_session(LoginSession session) override;
  io::Task<Result<std::optional<LoginSession>>> find_session(std::string id_sha256, WallTime now) override;
  io::Task<Result<void>> end_session(std::string id_sha256) override;
  io::Task<Result<void>> end_sessions_of(std::int64_t user_id) override;
  io::Task<Result<void>> add_login_token(LoginToken token) override;
  io::Task<Result<std::optional<LoginToken>>> redeem_login_token(std::string token_sha256, LoginKind kind,
                                                                 WallTime now) override;
  io::Task<Result<std::size_t>> forget_expired_logins(WallTime now, std::size_t limit) override;
  io::Task<Result<void>> delete_user(std::int64_t user_id) override;

  io::Task<Result<std::optional<Event>>> first_waiting(std::int64_t photo_id, std::string receiver) override;
  io::Task<Result<std::optional<std::string>>> signing_secret(std::string signer) override;
  io::Task<Result<std::vector<Event>>> list_events(EventQuery query) override;
  io::Task<Result<std::optional<Event>>> find_event(std::int64_t event_id) override;
  io::Task<Result<std::vector<std::int64_t>>> replay_events(std::vector<std::int64_t> event_ids, WallTime now) override;

  io::Task<Result<Subscription>> subscribe(Hook hook, std::int64_t most) override;
  io::Task<Result<Listing<Hook>>> list_hooks(HookQuery query) override;
  io::Task<Result<std::int64_t>> unsubscribe(HookFilter filter) override;
  io::Task<Result<void>> set_pingback(std::string consumer_key, std::string target_url, WallTime now) override;
  io::Task<Result<std::optional<std::string>>> find_pingback(std::string consumer_key) override;

  io::Task<Result<Listing<ListedToken>>> list_tokens(TokenQuery query, TokenTime time) override;
  io::Task<Result<std::optional<TokenReport>>> report_token(std::string token, TokenTime time) override;
  io::Task<Result<Token>> extend_token(TokenExtension extension, WallTime now) override;
  io::Task<Result<void>> change_uploads(UploadsChange change, WallTime now) override;
  io::Task<Result<std::size_t>> forget_waiting_changes(WallTime before, std::size_t limit) override;
  io::Task<Result<Photo>> redeem_update(std::string token, PhotoChange change, WallTime now) override;
  io::Task<Result<std::vector<TokenNews>>> token_news(std::int64_t after, std::size_t limit) override;
  io::Task<Result<std::int64_t>> last_token_news() override;

  io::Task<Result<TokenSweep>> forget_tokens(WallTime before, TokenCursor from, std::size_t limit) override;
  io::Task<Result<std::size_t>> forget_events(EventState state, WallTime before, std::size_t limit) override;

  io::Task<Result<ArchiveSize>> archive_size() override;
  io::Task<Result<std::vector<PhotoFiles>>> photo_files(std::int64_t after_photo, std::size_t limit) override;
  io::Task<Result<std::optional<PhotoFiles>>> files_of(std::int64_t photo_id) override;
  io::Task<Result<std::vector<std::int64_t>>> files_in_use(std::vector<std::int64_t> file_ids) override;
  io::Task<Result<std::vector<Removal>>> removals(std::int64_t after_file, std::size_t limit) override;
  io::Task<Result<std::vector<std::string>>> check_database(std::size_t limit) override;
  io::Task<Result<std::int64_t>> stray_troubles() override;
  io::Task<Result<void>> forget_stray_troubles() override;
  io::Task<Result<LinkPage>> check_links(std::int64_t after_photo, std::size_t limit) override;
  io::Task<Result<std::vector<std::string>>> check_totals() override;
  io::Task<Result<void>> note_damage(DamagedFile file) override;
  io::Task<Result<void>> forget_damage(std::int64_t file_id) override;
  io::Task<Result<std::vector<DamagedFile>>> damaged_files(std::size_t limit) override;

 private:
  struct Database;
  explicit SqlCatalog(std::unique_ptr<Database> database);

  const std::unique_ptr<Database> database_;
};

}  // namespace stile::catalog
